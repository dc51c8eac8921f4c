// Lines of text files, plain or compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_source.h"

namespace tess2::data {

/// Whether there is nothing but white space in `line`.
bool is_blank(std::string_view line);

/// Reads a file line after line, holding no more than a line and a buffer in memory.
class LineReader {
 public:
  /// Throws FileError where the file cannot be opened.
  explicit LineReader(std::filesystem::path file);

  /// Puts the next line, without its end (LF or CRLF), into `line`; false at the end of the file.
  /// Throws FileError as ByteSource::read.
  bool next(std::string& line);
  /// Whether there is another line. Throws as next.
  bool has_more() { return begin_ < end_ || fill(); }

  /// Passes over the first `offset` decompressed bytes, which hold `lines` whole lines. Only for a
  /// reader that has read nothing.
  void skip(std::uint64_t offset, std::size_t lines);

  /// Number of the last line read, counted from 1.
  std::size_t number() const { return number_; }
  /// Where the next line begins, in decompressed bytes.
  std::uint64_t offset() const { return offset_; }
  std::uint64_t stored_bytes_read() const { return bytes_->stored_bytes_read(); }
  const std::filesystem::path& file() const { return file_; }

 private:
  bool fill();

  std::filesystem::path file_;
  std::unique_ptr<ByteSource> bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t number_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace tess2::data
