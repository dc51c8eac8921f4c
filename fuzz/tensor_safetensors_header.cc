// The header of a safetensors file, and through it every byte range that a tensor is read from.
#include <span>
#include <string>

#include "fuzz.h"
#include "tensor/safetensors_header.h"

using namespace tess2;

namespace {

std::string with_length(const std::string& header, const std::string& data) {
  std::string bytes;
  for (std::size_t i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return bytes + header + data;
}

/// What the reader relies on when it makes tensors of an accepted file.
void require_inside(const tensor::SafetensorsHeader& header, std::int64_t size) {
  std::int64_t end = 0;
  for (const auto& entry : header.entries) {
    std::int64_t bytes = static_cast<std::int64_t>(c10::elementSize(entry.dtype));
    for (const std::int64_t length : entry.shape) bytes *= length;
    fuzz::require(entry.begin == end && entry.end - entry.begin == bytes, "tensors cover the data");
    end = entry.end;
  }
  fuzz::require(header.data_begin + end == size, "the data ends with the file");
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {with_length("{}", ""),
          with_length(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "abcd"),
          with_length(R"({"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[2,1],)"
                      R"("data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],)"
                      R"("data_offsets":[4,4]}}   )",
                      "abcd")};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  fuzz::allow_errors([&] {
    auto header = tensor::parse_safetensors_header("file", bytes);
    require_inside(header, static_cast<std::int64_t>(size));
    const std::size_t count = header.entries.size();
    fuzz::require(
        !tensor::build_safetensors_header(header).empty() && header.entries.size() == count,
        "an accepted header can be written");
  });
  return 0;
}
