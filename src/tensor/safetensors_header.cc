#include "tensor/safetensors_header.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "core/terminal.h"
#include "tensor/json.h"

namespace tess2::tensor {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kMetadataKey = "__metadata__";
constexpr std::size_t kLengthBytes = 8;
// The format asks for 8; a cache line lets vector loads from a memory map stay within one.
constexpr std::size_t kDataAlignment = 64;

constexpr std::array<std::pair<std::string_view, at::ScalarType>, 10> kDtypes = {{
    {"F64", at::kDouble},
    {"F32", at::kFloat},
    {"F16", at::kHalf},
    {"BF16", at::kBFloat16},
    {"I64", at::kLong},
    {"I32", at::kInt},
    {"I16", at::kShort},
    {"I8", at::kChar},
    {"U8", at::kByte},
    {"BOOL", at::kBool},
}};

std::string known_dtypes() {
  std::string names = "one of";
  for (const auto& [name, dtype] : kDtypes) names.append(" ").append(name);
  return names;
}

/// What every check needs to say where it looks.
struct Place {
  const std::filesystem::path& file;
  std::string key;

  [[noreturn]] void fail(std::string expected, std::string found) const {
    throw FormatError(file, printable(key), std::move(expected), std::move(found));
  }
  /// The member `name` of this place.
  Place member(std::string_view name) const {
    return {file, key.empty() ? std::string(name) : key + "." + std::string(name)};
  }
};

/// The text of the header, after its length has been found to fit the file.
std::string_view header_text(const Place& place, std::span<const std::byte> bytes) {
  if (bytes.size() < kLengthBytes) {
    place.fail("at least 8 bytes", std::to_string(bytes.size()));
  }
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  }
  const std::size_t room = bytes.size() - kLengthBytes;
  if (length > room) {
    place.member("header").fail(std::to_string(length) + " bytes, as the file says",
                                std::to_string(room) + " bytes (is the file cut short?)");
  }
  const auto* text = reinterpret_cast<const char*>(bytes.data() + kLengthBytes);
  return {text, static_cast<std::size_t>(length)};
}

const Json& required(const Place& place, const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) place.member(key).fail("a value", "none");
  return *found;
}

std::vector<std::int64_t> read_sizes(const Place& place, const Json& value) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  const auto is_size = [](const Json& x) {
    return x.is_number_unsigned() && x.get<std::uint64_t>() <= kLargest;
  };
  if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_size)) {
    place.fail("a list of sizes", json_text(value));
  }
  return value.get<std::vector<std::int64_t>>();
}

at::ScalarType read_dtype(const Place& place, const Json& value) {
  for (const auto& [name, dtype] : kDtypes) {
    if (value == name) return dtype;
  }
  place.fail(known_dtypes(), json_text(value));
}

/// dtype size times the product of the shape. A zero size does not excuse an impossible other one.
std::int64_t byte_count(const Place& place, const TensorEntry& entry) {
  std::int64_t bytes = static_cast<std::int64_t>(c10::elementSize(entry.dtype));
  bool empty = false;
  for (const std::int64_t size : entry.shape) {
    empty = empty || size == 0;
    if (__builtin_mul_overflow(bytes, std::max<std::int64_t>(size, 1), &bytes)) {
      place.member("shape").fail("a size below 2^63 bytes", shape_text(entry.shape));
    }
  }
  return empty ? 0 : bytes;
}

void read_range(const Place& place, const Json& value, std::int64_t data_size, TensorEntry& entry) {
  const Place offsets = place.member("data_offsets");
  const auto range = read_sizes(offsets, value);
  if (range.size() != 2 || range[0] > range[1]) {
    offsets.fail("a begin and an end", json_text(value));
  }
  if (range[1] > data_size) {
    offsets.fail("an end within the file's " + std::to_string(data_size) + " bytes of data",
                 std::to_string(range[1]));
  }
  entry.begin = range[0];
  entry.end = range[1];
}

TensorEntry read_entry(const Place& place, const std::string& name, const Json& value,
                       std::int64_t data_size) {
  if (!value.is_object()) place.fail("an object", json_text(value));
  TensorEntry entry;
  entry.name = name;
  entry.dtype = read_dtype(place.member("dtype"), required(place, value, "dtype"));
  entry.shape = read_sizes(place.member("shape"), required(place, value, "shape"));
  read_range(place, required(place, value, "data_offsets"), data_size, entry);
  const std::int64_t bytes = byte_count(place, entry);
  if (bytes != entry.end - entry.begin) {
    place.fail(std::to_string(bytes) + " bytes for " + dtype_name(entry.dtype) + " " +
                   shape_text(entry.shape),
               std::to_string(entry.end - entry.begin));
  }
  return entry;
}

std::map<std::string, std::string> read_metadata(const Place& place, const Json& value) {
  if (!value.is_object()) place.fail("an object", json_text(value));
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) place.member(key).fail("a string", json_text(text));
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

bool by_place(const TensorEntry& a, const TensorEntry& b) {
  return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
}

void check_cover(const std::filesystem::path& file, const std::vector<TensorEntry>& entries,
                 std::int64_t data_size) {
  std::int64_t end = 0;
  for (const TensorEntry& entry : entries) {
    if (entry.begin != end) {
      Place{file, entry.name}.fail(
          "data from byte " + std::to_string(end) + " on, where the one before it ends",
          "from byte " + std::to_string(entry.begin) +
              (entry.begin < end ? " (they overlap)" : " (a gap)"));
    }
    end = entry.end;
  }
  if (end != data_size) {
    Place{file, "header"}.fail(std::to_string(data_size) + " bytes of tensors, as the file has",
                               std::to_string(end));
  }
}

nlohmann::ordered_json entry_json(const TensorEntry& entry) {
  return {{"dtype", dtype_name(entry.dtype)},
          {"shape", entry.shape},
          {"data_offsets", {entry.begin, entry.end}}};
}

void place_entries(std::vector<TensorEntry>& entries) {
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return c10::elementSize(a.dtype) > c10::elementSize(b.dtype);
  });
  std::int64_t end = 0;
  for (TensorEntry& entry : entries) {
    entry.begin = end;
    entry.end = end + byte_count({entry.name, entry.name}, entry);
    end = entry.end;
  }
}

}  // namespace

std::string dtype_name(at::ScalarType dtype) {
  for (const auto& [name, known] : kDtypes) {
    if (known == dtype) return std::string(name);
  }
  throw Error(std::string("dtype: expected ") + known_dtypes() + ", found " + c10::toString(dtype));
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  text += "]";
  return text;
}

SafetensorsHeader parse_safetensors_header(const std::filesystem::path& file,
                                           std::span<const std::byte> bytes) {
  const Place place{file, ""};
  const std::string_view text = header_text(place, bytes);
  const Json json = parse_json_object<Json>(text, file, "header");
  SafetensorsHeader header;
  header.data_begin = static_cast<std::int64_t>(kLengthBytes + text.size());
  const auto data_size = static_cast<std::int64_t>(bytes.size()) - header.data_begin;
  for (const auto& [name, value] : json.items()) {
    if (name == kMetadataKey) {
      header.metadata = read_metadata(place.member(name), value);
    } else {
      header.entries.push_back(read_entry(place.member(name), name, value, data_size));
    }
  }
  std::sort(header.entries.begin(), header.entries.end(), by_place);
  check_cover(file, header.entries, data_size);
  return header;
}

std::string build_safetensors_header(SafetensorsHeader& header) {
  place_entries(header.entries);
  nlohmann::ordered_json json;
  json[std::string(kMetadataKey)] = header.metadata;
  for (const TensorEntry& entry : header.entries) json[entry.name] = entry_json(entry);
  std::string text = json.dump();
  const std::size_t bytes = kLengthBytes + text.size() + kDataAlignment - 1;
  text.resize(bytes / kDataAlignment * kDataAlignment - kLengthBytes, ' ');
  std::string length;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length += static_cast<char>(static_cast<std::uint64_t>(text.size()) >> (8 * i) & 0xff);
  }
  header.data_begin = static_cast<std::int64_t>(kLengthBytes + text.size());
  return length + text;
}

}  // namespace tess2::tensor
