#include "data/npy.h"

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/terminal.h"

namespace tess2::data {
namespace {

// The format: the magic and a version of two bytes, the length of the text (2 bytes in version 1,
// 4 later), the text, a Python dictionary such as
//   {'descr': '<u2', 'fortran_order': False, 'shape': (1234,), }
// padded with spaces to a multiple of 64 bytes and ended by a newline, then the elements.
constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kVersionEnd = 8;

struct TypeNames {
  NpyType type;
  std::string_view name;
  std::string_view descr;
  std::size_t size;
};

constexpr std::array<TypeNames, 3> kTypes{{
    {NpyType::kUint16, "uint16", "<u2", 2},
    {NpyType::kUint32, "uint32", "<u4", 4},
    {NpyType::kInt64, "int64", "<i8", 8},
}};

const TypeNames& names_of(NpyType type) {
  return kTypes[static_cast<std::size_t>(type)];
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

/// What stands behind `'key':`, up to the comma that ends it; a shape's comma is inside brackets.
std::optional<std::string_view> value_of(std::string_view text, std::string_view key) {
  const std::size_t at = text.find("'" + std::string(key) + "'");
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + key.size() + 2);
  text = trimmed(text);
  if (!text.starts_with(':')) return std::nullopt;
  text = trimmed(text.substr(1));
  const std::size_t end = text.starts_with('(') ? text.find(')') + 1 : text.find_first_of(",}");
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  return trimmed(text.substr(0, end));
}

std::optional<NpyType> parse_type(std::string_view descr) {
  for (const TypeNames& names : kTypes) {
    if (descr == "'" + std::string(names.descr) + "'") return names.type;
  }
  return std::nullopt;
}

/// The count of `(count,)`.
std::optional<std::uint64_t> parse_shape(std::string_view shape) {
  if (!shape.starts_with('(') || !shape.ends_with(')')) return std::nullopt;
  shape = trimmed(shape.substr(1, shape.size() - 2));
  if (!shape.ends_with(',')) return std::nullopt;
  shape = trimmed(shape.substr(0, shape.size() - 1));
  std::uint64_t count = 0;
  const auto [stop, error] = std::from_chars(shape.data(), shape.data() + shape.size(), count);
  if (error != std::errc() || stop != shape.data() + shape.size()) return std::nullopt;
  return count;
}

/// The dictionary's text, and where the elements begin.
std::pair<std::string_view, std::size_t> dictionary(std::string_view bytes,
                                                    const std::filesystem::path& file) {
  if (bytes.size() < kVersionEnd || !bytes.starts_with(kMagic)) {
    throw FormatError(file, "", "an array file of NumPy", "another beginning");
  }
  const bool is_first = bytes[kMagic.size()] == 1;
  const std::size_t length_size = is_first ? 2 : 4;
  if (bytes.size() < kVersionEnd + length_size) {
    throw FormatError(file, "header", "its length", "the end of the file");
  }
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_size; ++i) {
    length |= std::size_t{static_cast<unsigned char>(bytes[kVersionEnd + i])} << (8 * i);
  }
  const std::size_t begin = kVersionEnd + length_size;
  if (length > bytes.size() - begin) {
    throw FormatError(file, "header", std::to_string(length) + " bytes", "the end of the file");
  }
  return {bytes.substr(begin, length), begin + length};
}

template <class T>
std::int64_t element(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::size_t size_of(NpyType type) {
  return names_of(type).size;
}

std::string_view name_of(NpyType type) {
  return names_of(type).name;
}

NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::filesystem::path& file) {
  const auto [text, offset] =
      dictionary({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file);
  const auto found = [](const std::optional<std::string_view>& value) {
    return value ? printable(*value, 60) : std::string("nothing");
  };
  const auto descr = value_of(text, "descr");
  const auto type = descr ? parse_type(*descr) : std::nullopt;
  if (!type) throw FormatError(file, "descr", "'<u2', '<u4' or '<i8'", found(descr));
  const auto shape = value_of(text, "shape");
  const auto count = shape ? parse_shape(*shape) : std::nullopt;
  if (!count) throw FormatError(file, "shape", "one dimension", found(shape));
  const std::uint64_t held = bytes.size() - offset;
  if (held % size_of(*type) != 0 || held / size_of(*type) != *count) {
    throw FormatError(
        file, "",
        std::to_string(*count) + " elements of " + std::to_string(size_of(*type)) + " bytes",
        std::to_string(held) + " bytes");
  }
  return {*type, *count, offset};
}

std::string npy_header(NpyType type, std::uint64_t count) {
  std::string text = "{'descr': '" + std::string(names_of(type).descr) +
                     "', 'fortran_order': False, 'shape': (" + std::to_string(count) + ",), }";
  constexpr std::size_t kBegin = kVersionEnd + 2;
  text.resize(kNpyHeaderSize - kBegin - 1, ' ');
  std::string header(kMagic);
  header += {'\x01', '\x00', static_cast<char>(kNpyHeaderSize - kBegin), '\x00'};
  return header + text + '\n';
}

NpyArray::NpyArray(const std::filesystem::path& file)
    : file_(file), header_(parse_npy_header(file_.bytes(), file)) {}

std::int64_t NpyArray::operator[](std::uint64_t i) const {
  const std::byte* at =
      std::as_const(file_).bytes().data() + header_.data_offset + i * size_of(header_.type);
  switch (header_.type) {
    case NpyType::kUint16:
      return element<std::uint16_t>(at);
    case NpyType::kUint32:
      return element<std::uint32_t>(at);
    case NpyType::kInt64:
      break;
  }
  return element<std::int64_t>(at);
}

}  // namespace tess2::data
