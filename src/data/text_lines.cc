#include "data/text_lines.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.h"

namespace tess2::data {
namespace {

constexpr std::size_t kBufferSize = 1 << 16;

}  // namespace

LineReader::LineReader(std::filesystem::path file) : file_(std::move(file)), buffer_(kBufferSize) {
  if (std::filesystem::is_directory(file_)) throw FileError(file_, "is a folder, not a file");
  errno = 0;
  handle_.reset(gzopen(file_.c_str(), "rb"));
  if (handle_ == nullptr) {
    throw FileError(file_, std::string("cannot be opened: ") + std::strerror(errno));
  }
}

bool LineReader::next(std::string& line) {
  line.clear();
  bool any = false;
  while (begin_ < end_ || fill()) {
    any = true;
    const char* first = buffer_.data() + begin_;
    const char* last = buffer_.data() + end_;
    const char* newline = std::find(first, last, '\n');
    line.append(first, newline);
    begin_ = static_cast<std::size_t>(newline - buffer_.data());
    if (newline != last) {
      ++begin_;
      break;
    }
  }
  if (!any) return false;
  if (line.ends_with('\r')) line.pop_back();
  ++number_;
  return true;
}

bool LineReader::fill() {
  const int count = gzread(handle_.get(), buffer_.data(), static_cast<unsigned>(buffer_.size()));
  if (count <= 0) check();
  begin_ = 0;
  end_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  return end_ > 0;
}

void LineReader::check() const {
  int code = Z_OK;
  const char* problem = gzerror(handle_.get(), &code);
  if (code == Z_OK || code == Z_STREAM_END) return;
  if (code == Z_BUF_ERROR) throw FileError(file_, "ends in the middle of its compressed data");
  throw FileError(
      file_, std::string("cannot be read: ") + (code == Z_ERRNO ? std::strerror(errno) : problem));
}

}  // namespace tess2::data
