// Token shards: the input as the header of an array file, and as the index of a folder.
#include "data/npy.h"
#include "data/token_shards.h"
#include "fuzz.h"

using namespace tess2;

std::vector<std::string> fuzz_seeds() {
  const data::ShardIndex index{data::NpyType::kUint16, 300, "0123456789abcdef", {{5, 2}, {7, 1}}};
  return {
      data::npy_header(data::NpyType::kUint16, 2) + "abcd",
      data::npy_header(data::NpyType::kInt64, 1) + "abcdefgh",
      std::string("\x93NUMPY\x02\x00\x20\x00\x00\x00{'shape':(1,),'descr':'<u4'}    ", 44) + "abcd",
      data::to_json_text(index)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
  fuzz::allow_errors([&] {
    const data::NpyHeader header = data::parse_npy_header(bytes, "a.npy");
    fuzz::require(header.data_offset + header.count * data::size_of(header.type) == size,
                  "the elements end with the file");
  });
  fuzz::allow_errors([&] {
    const auto index = data::parse_shard_index(fuzz::as_text(data, size), "index.json");
    const auto again = data::parse_shard_index(data::to_json_text(index), "index.json");
    fuzz::require(data::to_json_text(again) == data::to_json_text(index),
                  "an index is read as it is written");
  });
  return 0;
}
