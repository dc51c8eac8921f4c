#include "data/file_examples.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"

namespace tess2::data {
FileExamples::FileExamples(std::vector<std::filesystem::path> files,
                           std::shared_ptr<const RecordEncoder> encoder, Reading reading)
    : log_(reading.log),
      records_(std::move(files), std::move(encoder), std::move(reading)),
      row_length_(records_.encoder().row_length()),
      mark_(files_mark(records_.files())) {}

std::optional<Example> FileExamples::next() {
  while (!has_next()) {
    if (hold_next()) continue;
    if (!any_) throw nothing_left();
    start_epoch();
    return std::nullopt;
  }
  any_ = true;
  return row_length_ ? cut_row() : take_example();
}

nlohmann::json FileExamples::position() const {
  const RecordPlace& place = held_.empty() ? after_ : held_.front().before;
  return {{"data", mark_},
          {"file", place.file},
          {"offset", place.offset},
          {"lines", place.lines},
          {"used", held_.empty() ? skip_ : held_.front().used}};
}

void FileExamples::seek(const nlohmann::json& position) {
  check_same_data(position, mark_);
  start_epoch();
  after_ = {position_field(position, "file"), position_field(position, "offset"),
            position_field(position, "lines")};
  records_.seek(after_);
  skip_ = position_field(position, "used");
  any_ = skip_ > 0 || after_ != RecordPlace{};
}

FormatError FileExamples::nothing_left() const {
  const std::int64_t too_long = log_->too_long();
  return {records_.files().front(), "", records_.encoder().least(),
          too_long == 0 ? "none" : "none (" + std::to_string(too_long) + " are longer)"};
}

bool FileExamples::has_next() const {
  return available_ >= row_length_.value_or(1);
}

std::size_t FileExamples::size_of(const EncodedRecord& record) const {
  return row_length_ ? record.examples.front().ids.size() : record.examples.size();
}

bool FileExamples::hold_next() {
  auto record = records_.next();
  if (!record) return false;
  after_ = record->after;
  const std::size_t size = size_of(record->encoded);
  const std::size_t used = std::exchange(skip_, 0);
  if (used > size) {
    throw Error("position in the data: used: expected at most " + std::to_string(size) +
                ", found " + std::to_string(used));
  }
  if (used == size) return true;
  held_.push_back({std::move(record->encoded), record->before, used});
  available_ += size - used;
  return true;
}

Example FileExamples::cut_row() {
  Example row;
  row.ids.reserve(*row_length_);
  while (row.ids.size() < *row_length_) {
    Held& first = held_.front();
    const auto& ids = first.record.examples.front().ids;
    const std::size_t count = std::min(*row_length_ - row.ids.size(), ids.size() - first.used);
    const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(first.used);
    row.ids.insert(row.ids.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
    first.used += count;
    if (first.used == ids.size()) held_.pop_front();
  }
  available_ -= *row_length_;
  return row;
}

Example FileExamples::take_example() {
  Held& first = held_.front();
  Example example = std::move(first.record.examples[first.used++]);
  if (first.used == first.record.examples.size()) held_.pop_front();
  --available_;
  return example;
}

void FileExamples::start_epoch() {
  held_.clear();
  available_ = 0;
  after_ = {};
  skip_ = 0;
  any_ = false;
  records_.seek({});
}

}  // namespace tess2::data
