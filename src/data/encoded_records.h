// Records encoded by several threads, handed out in their order.
#pragma once

#include <deque>
#include <exception>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "data/example.h"
#include "data/reading.h"
#include "data/records.h"

namespace tess2::data {

/// An encoded record and where it stood.
struct PlacedRecord {
  EncodedRecord encoded;
  RecordPlace before;
  RecordPlace after;
  bool begins = true;  ///< as in Record
  bool ends = true;
  std::uint64_t stored_bytes_read = 0;  ///< of all files, when it was read
};

/// Reads files and encodes their records on the threads of a pool, a bounded number ahead of
/// whoever takes them. What comes out depends on the files alone, not on the number of threads.
class EncodedRecords {
 public:
  EncodedRecords(std::vector<std::filesystem::path> files,
                 std::shared_ptr<const RecordEncoder> encoder, Reading reading);
  ~EncodedRecords();

  /// The next record; nothing after the last one. Bad lines go to the reading's log. Throws
  /// FileError where a file cannot be read, once the records before that place are taken.
  std::optional<PlacedRecord> next();

  /// Goes on at `place`. Throws as RecordReader::seek.
  void seek(const RecordPlace& place);

  std::uint64_t stored_bytes() const { return reader_.stored_bytes(); }
  const std::vector<std::filesystem::path>& files() const { return reader_.files(); }
  const RecordEncoder& encoder() const { return *encoder_; }

 private:
  /// A record that was encoded, or why it was not.
  struct Outcome {
    PlacedRecord record;
    std::exception_ptr problem;
  };
  using Chunk = std::vector<Outcome>;

  void read_ahead();
  std::vector<Record> read_chunk();
  void take_chunk();
  static Chunk encode(const RecordEncoder& encoder, const std::vector<Record>& records,
                      std::uint64_t stored_bytes_read);

  RecordReader reader_;
  std::shared_ptr<const RecordEncoder> encoder_;
  Reading reading_;
  std::size_t most_ahead_;                ///< chunks
  std::deque<std::future<Chunk>> ahead_;  ///< being encoded
  std::deque<Outcome> ready_;
  std::exception_ptr problem_;  ///< what ended the last chunk that was read
  bool at_end_ = false;
};

}  // namespace tess2::data
