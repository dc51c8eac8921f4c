// Lines of text files, plain or compressed with gzip.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tess2::data {

/// Reads a file line after line, holding no more than a line and a buffer in memory. What the file
/// is compressed with is told by its content, not by its name.
class LineReader {
 public:
  /// Throws FileError where the file cannot be opened.
  explicit LineReader(std::filesystem::path file);

  /// Puts the next line, without its end (LF or CRLF), into `line`; false at the end of the file.
  /// Throws FileError where the file cannot be read, or ends inside its compressed data.
  bool next(std::string& line);

  /// Number of the last line read, counted from 1.
  std::size_t number() const { return number_; }
  const std::filesystem::path& file() const { return file_; }

 private:
  struct Close {
    void operator()(gzFile handle) const { gzclose_r(handle); }
  };

  bool fill();
  void check() const;

  std::filesystem::path file_;
  std::unique_ptr<gzFile_s, Close> handle_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t number_ = 0;
};

}  // namespace tess2::data
