// Documents for pretraining and adaptation, and how they become rows of ids (section 3).
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace tess2::data {

/// Calls `use` with each document of `file`: the `text` field of each line of a JSON-lines file
/// (`.jsonl`, `.jsonl.gz`), or the whole of a text file (`.txt`, `.txt.gz`). Throws FileError or
/// FormatError naming the file and `line N`, and UsageError for another ending of the name.
void for_each_document(const std::filesystem::path& file,
                       const std::function<void(const std::string& document)>& use);

/// All documents of `file`, in order; throws as for_each_document.
std::vector<std::string> read_documents(const std::filesystem::path& file);

/// Rows of ids of one length, one after another in memory.
class TokenRows {
 public:
  /// `ids` holds a whole number of rows of `length` ids.
  TokenRows(std::vector<text::TokenId> ids, std::size_t length);

  std::size_t size() const { return ids_.size() / length_; }
  std::size_t length() const { return length_; }
  /// The ids [length] of row `i`.
  std::span<const text::TokenId> operator[](std::size_t i) const {
    return std::span(ids_).subspan(i * length_, length_);
  }

 private:
  std::vector<text::TokenId> ids_;
  std::size_t length_;
};

/// Makes rows of documents: `<s> document </s>` one after another, cut every `length` ids whatever
/// is there. What is left at the end, shorter than a row, is dropped.
class DocumentPacker {
 public:
  /// `length` >= 1; throws UsageError otherwise. `tokenizer` must outlive the packer.
  DocumentPacker(const text::Tokenizer& tokenizer, std::size_t length);

  void add(const std::string& document);
  /// The rows so far; may be none.
  TokenRows finish() &&;

 private:
  const text::Tokenizer& tokenizer_;
  std::size_t length_;
  std::vector<text::TokenId> ids_;
};

/// Rows of the documents of `file`, packed to `length`. Throws as for_each_document, and
/// FormatError where the file does not fill one row.
TokenRows pack_documents(const std::filesystem::path& file, const text::Tokenizer& tokenizer,
                         std::size_t length);

}  // namespace tess2::data
