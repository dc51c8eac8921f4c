// The header of a safetensors file: 8 bytes with its length (little-endian), a JSON object that
// gives dtype, shape and byte range of every tensor, then the data.
#pragma once

#include <ATen/ATen.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tess2::tensor {

/// One tensor of a file.
struct TensorEntry {
  std::string name;
  at::ScalarType dtype;
  std::vector<std::int64_t> shape;
  /// Bytes [begin, end) after the header.
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

struct SafetensorsHeader {
  /// In the order of the data, which they cover without gap or overlap.
  std::vector<TensorEntry> entries;
  std::map<std::string, std::string> metadata;
  /// Where the data begins in the file.
  std::int64_t data_begin = 0;
};

/// Checks everything a header can lie about against the file's bytes: its length, the JSON
/// (repeated names included), dtypes, shapes against byte ranges, and that the ranges cover the
/// data exactly. Throws FormatError with the file, the tensor, what was expected and what was
/// found.
SafetensorsHeader parse_safetensors_header(const std::filesystem::path& file,
                                           std::span<const std::byte> bytes);

/// The first bytes of a file with these entries, whose ranges are filled in here: largest numbers
/// first, so that each is aligned, else in the order given. The data begins on a multiple of
/// 64.
std::string build_safetensors_header(SafetensorsHeader& header);

/// The format's name of a dtype (`F32`, `BF16`, ...). Throws Error where it has none.
std::string dtype_name(at::ScalarType dtype);

/// `[2, 3]`
std::string shape_text(std::span<const std::int64_t> shape);

}  // namespace tess2::tensor
