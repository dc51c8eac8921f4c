// NumPy's array files (`.npy`): arrays of one dimension, little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/file.h"

namespace tess2::data {

/// Types of elements, as NumPy writes them.
enum class NpyType {
  kUint16,  ///< `<u2`
  kUint32,  ///< `<u4`
  kInt64,   ///< `<i8`
};

std::size_t size_of(NpyType type);
/// NumPy's name: `uint16`.
std::string_view name_of(NpyType type);

/// What the header of a file says.
struct NpyHeader {
  NpyType type = NpyType::kUint16;
  std::uint64_t count = 0;      ///< elements
  std::size_t data_offset = 0;  ///< bytes before the first one
};

/// Reads the header at the beginning of `bytes`, which are the whole file. Throws FormatError
/// naming `file` where they are no `.npy` file, of another type or of more dimensions, and where
/// the elements are fewer or more than the header says.
NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::filesystem::path& file);

/// Header of an array of `count` elements, always kNpyHeaderSize bytes, so that it can be written
/// again when the count is known.
std::string npy_header(NpyType type, std::uint64_t count);
inline constexpr std::size_t kNpyHeaderSize = 128;

/// An array in a mapped file, whose pages are read as they are touched.
class NpyArray {
 public:
  /// Throws FileError, and FormatError as parse_npy_header.
  explicit NpyArray(const std::filesystem::path& file);

  NpyType type() const { return header_.type; }
  std::uint64_t size() const { return header_.count; }
  /// Element `i`, below size().
  std::int64_t operator[](std::uint64_t i) const;

 private:
  MappedFile file_;
  NpyHeader header_;
};

}  // namespace tess2::data
