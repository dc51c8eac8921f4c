#include "data/documents.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"
#include "data/json_lines.h"
#include "data/text_lines.h"

namespace tess2::data {
namespace {

/// The name's ending, `.gz` left out.
std::string kind_of(const std::filesystem::path& file) {
  return (file.extension() == ".gz" ? file.stem() : file).extension().string();
}

std::string read_text(const std::filesystem::path& file) {
  LineReader reader(file);
  std::string text;
  for (std::string line; reader.next(line);) text += line + '\n';
  if (text.empty()) throw FormatError(file, "", "text", "an empty file");
  return text;
}

}  // namespace

void for_each_document(const std::filesystem::path& file,
                       const std::function<void(const std::string& document)>& use) {
  const std::string kind = kind_of(file);
  if (kind == ".txt") return use(read_text(file));
  if (kind != ".jsonl") {
    throw UsageError(file.string() + ": expected a name that ends in .jsonl or .txt, plain or .gz");
  }
  for_each_json_line(file, [&](const nlohmann::json& object, const LinePlace& place) {
    use(string_field(object, "text", place));
  });
}

std::vector<std::string> read_documents(const std::filesystem::path& file) {
  std::vector<std::string> documents;
  for_each_document(file, [&](const std::string& document) { documents.push_back(document); });
  return documents;
}

TokenRows::TokenRows(std::vector<text::TokenId> ids, std::size_t length)
    : ids_(std::move(ids)), length_(length) {
  if (length == 0 || ids_.size() % length != 0) {
    throw UsageError("rows of " + std::to_string(length) + " ids: expected a whole number, found " +
                     std::to_string(ids_.size()) + " ids");
  }
}

DocumentPacker::DocumentPacker(const text::Tokenizer& tokenizer, std::size_t length)
    : tokenizer_(tokenizer), length_(length) {
  if (length == 0) throw UsageError("length of a packed row: expected 1 or more, found 0");
}

void DocumentPacker::add(const std::string& document) {
  const auto ids = tokenizer_.encode(document);
  ids_.push_back(tokenizer_.bos());
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  ids_.push_back(tokenizer_.eos());
}

TokenRows DocumentPacker::finish() && {
  ids_.resize(ids_.size() / length_ * length_);
  return {std::move(ids_), length_};
}

TokenRows pack_documents(const std::filesystem::path& file, const text::Tokenizer& tokenizer,
                         std::size_t length) {
  DocumentPacker packer(tokenizer, length);
  for_each_document(file, [&](const std::string& document) { packer.add(document); });
  TokenRows rows = std::move(packer).finish();
  if (rows.size() == 0) {
    throw FormatError(file, "", "at least one row of " + std::to_string(length) + " ids", "fewer");
  }
  return rows;
}

}  // namespace tess2::data
