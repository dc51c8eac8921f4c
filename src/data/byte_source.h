// The bytes of a file, plain or compressed with gzip or zstd.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace tess2::data {

/// Reads what a file holds from its beginning on, decompressed.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Fills the first bytes of `out`, which is not empty, and returns how many; 0 at the end. Throws
  /// FileError where the file cannot be read, is damaged, or ends inside its compressed data.
  virtual std::size_t read(std::span<char> out) = 0;
  /// Passes over `count` decompressed bytes. Throws as read.
  virtual void skip(std::uint64_t count) = 0;
  /// Bytes of the file itself, as it is stored, that reading has taken so far.
  virtual std::uint64_t stored_bytes_read() const = 0;
};

/// Opens `file`. What it is compressed with is told by its content, not by its name. Throws
/// FileError where it cannot be opened.
std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& file);

}  // namespace tess2::data
