#include "data/byte_source.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

namespace tess2::data {
namespace {

constexpr const char* kBreaksOff = "ends in the middle of its compressed data";

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FileHandle = std::unique_ptr<std::FILE, CloseFile>;

FileHandle open_file(const std::filesystem::path& file) {
  if (std::filesystem::is_directory(file)) throw FileError(file, "is a folder, not a file");
  FileHandle handle(std::fopen(file.c_str(), "rb"));
  if (handle == nullptr) {
    throw FileError(file, std::string("cannot be opened: ") + std::strerror(errno));
  }
  return handle;
}

/// Plain and gzip: zlib hands out what is not gzip as it is.
class GzipSource final : public ByteSource {
 public:
  explicit GzipSource(const std::filesystem::path& file)
      : file_(file), handle_(gzopen(file.c_str(), "rb")) {
    if (handle_ == nullptr) throw FileError(file, "cannot be opened");
  }

  std::size_t read(std::span<char> out) override {
    const int count = gzread(handle_.get(), out.data(), static_cast<unsigned>(out.size()));
    if (count <= 0) check();
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }

  void skip(std::uint64_t count) override {
    if (gzseek(handle_.get(), static_cast<z_off_t>(count), SEEK_CUR) < 0) check();
  }

  std::uint64_t stored_bytes_read() const override {
    return static_cast<std::uint64_t>(std::max<z_off_t>(gzoffset(handle_.get()), 0));
  }

 private:
  struct Close {
    void operator()(gzFile handle) const { gzclose_r(handle); }
  };

  void check() const {
    int code = Z_OK;
    const char* problem = gzerror(handle_.get(), &code);
    if (code == Z_OK || code == Z_STREAM_END) return;
    if (code == Z_BUF_ERROR) throw FileError(file_, kBreaksOff);
    if (code == Z_ERRNO) problem = std::strerror(errno);
    throw FileError(file_, std::string("cannot be read: ") + problem);
  }

  std::filesystem::path file_;
  std::unique_ptr<gzFile_s, Close> handle_;
};

class ZstdSource final : public ByteSource {
 public:
  ZstdSource(const std::filesystem::path& file, FileHandle handle)
      : file_(file),
        handle_(std::move(handle)),
        stream_(ZSTD_createDStream()),
        stored_(ZSTD_DStreamInSize()) {
    if (stream_ == nullptr) throw FileError(file, "cannot be read: no memory to decompress");
  }

  std::size_t read(std::span<char> out) override {
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos == 0) {
      if (from_.pos == from_.size && !refill()) {
        if (inside_frame_) throw FileError(file_, kBreaksOff);
        return 0;
      }
      const std::size_t left = ZSTD_decompressStream(stream_.get(), &to, &from_);
      if (ZSTD_isError(left) != 0) {
        throw FileError(file_, std::string("cannot be read: ") + ZSTD_getErrorName(left));
      }
      inside_frame_ = left != 0;
    }
    return to.pos;
  }

  void skip(std::uint64_t count) override {
    std::array<char, 1 << 16> passed;
    while (count > 0) {
      const std::size_t got = read(std::span(passed).first(
          static_cast<std::size_t>(std::min<std::uint64_t>(count, passed.size()))));
      if (got == 0) return;
      count -= got;
    }
  }

  std::uint64_t stored_bytes_read() const override { return taken_; }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };

  bool refill() {
    errno = 0;
    const std::size_t count = std::fread(stored_.data(), 1, stored_.size(), handle_.get());
    if (count == 0 && std::ferror(handle_.get()) != 0) {
      throw FileError(file_, std::string("cannot be read: ") + std::strerror(errno));
    }
    from_ = {stored_.data(), count, 0};
    taken_ += count;
    return count > 0;
  }

  std::filesystem::path file_;
  FileHandle handle_;
  std::unique_ptr<ZSTD_DStream, Free> stream_;
  std::vector<char> stored_;
  ZSTD_inBuffer from_{nullptr, 0, 0};
  bool inside_frame_ = false;  ///< more input must come before the frame is whole
  std::uint64_t taken_ = 0;
};

/// Frames begin with 0xFD2FB528, those without data with 0x184D2A50 to 0x184D2A5F (little-endian).
bool is_zstd(std::FILE* file) {
  std::array<unsigned char, 4> first{};
  const std::size_t count = std::fread(first.data(), 1, first.size(), file);
  std::rewind(file);
  if (count < first.size()) return false;
  if ((first[0] & 0xf0U) == 0x50 && first[1] == 0x2a && first[2] == 0x4d && first[3] == 0x18) {
    return true;
  }
  return first == std::array<unsigned char, 4>{0x28, 0xb5, 0x2f, 0xfd};
}

}  // namespace

std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& file) {
  FileHandle handle = open_file(file);
  if (is_zstd(handle.get())) return std::make_unique<ZstdSource>(file, std::move(handle));
  return std::make_unique<GzipSource>(file);
}

}  // namespace tess2::data
