#include "data/encoded_records.h"

#include <utility>

namespace tess2::data {
namespace {

/// A chunk is what a thread encodes at a time: enough to be worth handing over.
constexpr std::size_t kChunkRecords = 64;
constexpr std::size_t kChunkBytes = 1 << 18;

}  // namespace

EncodedRecords::EncodedRecords(std::vector<std::filesystem::path> files,
                               std::shared_ptr<const RecordEncoder> encoder, Reading reading)
    : reader_(std::move(files)),
      encoder_(std::move(encoder)),
      reading_(std::move(reading)),
      most_ahead_(2 * reading_.pool->size() + 2) {}

EncodedRecords::~EncodedRecords() = default;

std::optional<PlacedRecord> EncodedRecords::next() {
  while (true) {
    if (ready_.empty()) take_chunk();
    if (ready_.empty()) return std::nullopt;
    Outcome outcome = std::move(ready_.front());
    ready_.pop_front();
    if (outcome.problem == nullptr) {
      reading_.log->add_too_long(outcome.record.encoded.too_long);
      return std::move(outcome.record);
    }
    try {
      std::rethrow_exception(outcome.problem);
    } catch (const FormatError& error) {
      reading_.log->add_bad_line(error);
    }
  }
}

void EncodedRecords::seek(const RecordPlace& place) {
  reader_.seek(place);
  ahead_.clear();
  ready_.clear();
  problem_ = nullptr;
  at_end_ = false;
}

void EncodedRecords::take_chunk() {
  read_ahead();
  if (ahead_.empty()) return;
  Chunk chunk = ahead_.front().get();
  ahead_.pop_front();
  ready_.insert(ready_.end(), std::make_move_iterator(chunk.begin()),
                std::make_move_iterator(chunk.end()));
}

void EncodedRecords::read_ahead() {
  while (!at_end_ && ahead_.size() < most_ahead_) {
    std::vector<Record> records = read_chunk();
    if (records.empty() && problem_ == nullptr) return;
    ahead_.push_back(reading_.pool->submit([encoder = encoder_, records = std::move(records),
                                            read = reader_.stored_bytes_read(),
                                            problem = std::exchange(problem_, nullptr)] {
      Chunk chunk = encode(*encoder, records, read);
      if (problem != nullptr) chunk.push_back({{}, problem});
      return chunk;
    }));
  }
}

/// The next records; short of a chunk at the end, or before a problem, which is then kept.
std::vector<Record> EncodedRecords::read_chunk() {
  std::vector<Record> records;
  std::size_t bytes = 0;
  try {
    while (records.size() < kChunkRecords && bytes < kChunkBytes) {
      Record record;
      if (!reader_.next(record)) {
        at_end_ = true;
        break;
      }
      bytes += record.text.size();
      records.push_back(std::move(record));
    }
  } catch (const FormatError&) {
    problem_ = std::current_exception();
  } catch (const FileError&) {
    problem_ = std::current_exception();
    at_end_ = true;
  }
  return records;
}

EncodedRecords::Chunk EncodedRecords::encode(const RecordEncoder& encoder,
                                             const std::vector<Record>& records,
                                             std::uint64_t stored_bytes_read) {
  Chunk chunk;
  for (const Record& record : records) {
    Outcome outcome{
        {{}, record.before, record.after, record.begins, record.ends, stored_bytes_read}, nullptr};
    try {
      outcome.record.encoded = encoder.encode(record);
    } catch (const FormatError&) {
      outcome.problem = std::current_exception();
    }
    chunk.push_back(std::move(outcome));
  }
  return chunk;
}

}  // namespace tess2::data
