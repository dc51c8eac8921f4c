// Records of training files, one after another, from any place on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/input_files.h"
#include "data/json_lines.h"
#include "data/text_lines.h"

namespace tess2::data {

/// A place between two records of a list of files.
struct RecordPlace {
  std::size_t file = 0;      ///< in the list
  std::uint64_t offset = 0;  ///< decompressed bytes of the file before it
  std::size_t lines = 0;     ///< lines of the file before it

  friend bool operator==(const RecordPlace&, const RecordPlace&) = default;
};

/// A line of a JSON-lines file, or a piece of a text file.
struct Record {
  InputKind kind = InputKind::kJsonLines;
  std::string text;
  LinePlace place;     ///< for messages
  RecordPlace before;  ///< where it begins
  RecordPlace after;   ///< where the next one begins
  /// Whether it is the first and the last piece of its document.
  bool begins = true;
  bool ends = true;
};

/// Text files are read in pieces that end with a line, so that one larger than memory can be read.
/// A piece is at least so many bytes, but for the last: smaller files are read whole.
inline constexpr std::size_t kTextPiece = 1 << 20;

/// Reads the records of `files` in order. Blank lines of JSON-lines files are passed over.
class RecordReader {
 public:
  explicit RecordReader(std::vector<std::filesystem::path> files);

  /// Puts the next record into `record`; false after the last of all files. Throws FileError where
  /// a file cannot be read, and FormatError for one without a record, after which a further call
  /// goes on with the next file.
  bool next(Record& record);

  /// Goes on at `place`, which a record of these files named. Throws Error where there is no such
  /// file.
  void seek(const RecordPlace& place);

  /// Bytes of all the files as they are stored, and how many of them have been read.
  std::uint64_t stored_bytes() const { return stored_bytes_; }
  std::uint64_t stored_bytes_read() const;

  const std::vector<std::filesystem::path>& files() const { return files_; }

 private:
  const std::filesystem::path& file() const { return files_[place_.file]; }
  void open();
  void move_on();
  bool read_line(std::string& text);
  bool read_piece(std::string& text);

  std::vector<std::filesystem::path> files_;
  std::vector<std::uint64_t> sizes_;
  std::uint64_t stored_bytes_ = 0;
  RecordPlace place_;
  std::optional<LineReader> lines_;  ///< of the file at `place_`, once it is open
};

}  // namespace tess2::data
