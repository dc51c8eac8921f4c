#include "data/records.h"

#include <numeric>
#include <utility>

#include "core/error.h"

namespace tess2::data {

RecordReader::RecordReader(std::vector<std::filesystem::path> files) : files_(std::move(files)) {
  for (const auto& file : files_) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    sizes_.push_back(error ? 0 : size);
  }
  stored_bytes_ = std::accumulate(sizes_.begin(), sizes_.end(), std::uint64_t{0});
}

bool RecordReader::next(Record& record) {
  while (place_.file < files_.size()) {
    if (!lines_) open();
    record.kind = input_kind(file());
    const bool is_text = record.kind == InputKind::kText;
    record.begins = !is_text || place_.offset == 0;
    record.before = place_;
    if (is_text ? read_piece(record.text) : read_line(record.text)) {
      record.place = {file(), lines_->number()};
      place_ = {place_.file, lines_->offset(), lines_->number()};
      record.after = place_;
      record.ends = !is_text || !lines_->has_more();
      return true;
    }
    const auto read = file();
    const bool is_empty = place_.offset == 0;
    move_on();
    if (is_empty) throw FormatError(read, "", is_text ? "text" : "JSON lines", "an empty file");
  }
  return false;
}

void RecordReader::seek(const RecordPlace& place) {
  if (place.file > files_.size() || (place.file == files_.size() && place.offset > 0)) {
    throw Error("place in the data: expected one of " + std::to_string(files_.size()) +
                " files, found file " + std::to_string(place.file));
  }
  lines_.reset();
  place_ = place;
}

std::uint64_t RecordReader::stored_bytes_read() const {
  const auto before = sizes_.begin() + static_cast<std::ptrdiff_t>(place_.file);
  return std::accumulate(sizes_.begin(), before, lines_ ? lines_->stored_bytes_read() : 0);
}

void RecordReader::open() {
  lines_.emplace(file());
  if (place_.offset > 0) lines_->skip(place_.offset, place_.lines);
}

void RecordReader::move_on() {
  lines_.reset();
  place_ = {place_.file + 1, 0, 0};
}

bool RecordReader::read_line(std::string& text) {
  while (lines_->next(text)) {
    if (!is_blank(text)) return true;
  }
  return false;
}

bool RecordReader::read_piece(std::string& text) {
  text.clear();
  std::string line;
  while (text.size() < kTextPiece && lines_->next(line)) text += line + '\n';
  return !text.empty();
}

}  // namespace tess2::data
