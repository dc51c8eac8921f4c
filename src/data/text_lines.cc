#include "data/text_lines.h"

#include <algorithm>
#include <utility>

namespace tess2::data {
namespace {

constexpr std::size_t kBufferSize = 1 << 16;

}  // namespace

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

LineReader::LineReader(std::filesystem::path file)
    : file_(std::move(file)), bytes_(open_bytes(file_)), buffer_(kBufferSize) {}

bool LineReader::next(std::string& line) {
  line.clear();
  bool any = false;
  while (has_more()) {
    any = true;
    const char* first = buffer_.data() + begin_;
    const char* last = buffer_.data() + end_;
    const char* newline = std::find(first, last, '\n');
    line.append(first, newline);
    const char* after = newline == last ? newline : newline + 1;
    begin_ += static_cast<std::size_t>(after - first);
    offset_ += static_cast<std::uint64_t>(after - first);
    if (newline != last) break;
  }
  if (!any) return false;
  if (line.ends_with('\r')) line.pop_back();
  ++number_;
  return true;
}

void LineReader::skip(std::uint64_t offset, std::size_t lines) {
  bytes_->skip(offset);
  offset_ = offset;
  number_ = lines;
}

bool LineReader::fill() {
  begin_ = 0;
  end_ = 0;
  end_ = bytes_->read(buffer_);
  return end_ > 0;
}

}  // namespace tess2::data
