#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_names.h"

namespace tess2::tensor {
namespace {

at::ScalarType stored_dtype(const at::Tensor& tensor, const TensorWriteOptions& options) {
  const bool converted = options.float_dtype && at::isFloatingType(tensor.scalar_type());
  return converted ? *options.float_dtype : tensor.scalar_type();
}

std::int64_t stored_bytes(const at::Tensor& tensor, const TensorWriteOptions& options) {
  return tensor.numel() *
         static_cast<std::int64_t>(c10::elementSize(stored_dtype(tensor, options)));
}

/// Throws Error for what no file could hold.
void check_tensors(std::span<const NamedTensor> tensors) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.defined()) throw Error(name + ": expected a tensor to save, found none");
    if (!names.insert(name).second) throw Error(name + ": expected one tensor to save, found two");
  }
}

std::map<std::string, at::Tensor> by_name(std::span<const NamedTensor> tensors) {
  std::map<std::string, at::Tensor> map;
  for (const auto& [name, tensor] : tensors) map[name] = tensor;
  return map;
}

SafetensorsHeader make_header(std::span<const NamedTensor> tensors,
                              const TensorWriteOptions& options) {
  SafetensorsHeader header;
  // transformers asks for this entry.
  header.metadata = {{"format", "pt"}};
  for (const auto& [name, tensor] : tensors) {
    header.entries.push_back({name, stored_dtype(tensor, options), tensor.sizes().vec()});
  }
  return header;
}

void write_data(std::ostream& out, const at::Tensor& tensor, at::ScalarType dtype) {
  const at::Tensor data = tensor.detach().to(at::kCPU, dtype).contiguous();
  out.write(static_cast<const char*>(data.data_ptr()), static_cast<std::streamsize>(data.nbytes()));
}

/// Consecutive tensors of one shard: [begin, end).
struct ShardRange {
  std::size_t begin, end;
};

std::vector<ShardRange> cut_into_shards(std::span<const NamedTensor> tensors,
                                        const TensorWriteOptions& options) {
  std::vector<ShardRange> shards = {{0, 0}};
  std::int64_t filled = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::int64_t bytes = stored_bytes(tensors[i].tensor, options);
    const bool fits = filled == 0 || bytes <= options.max_shard_bytes - filled;
    if (!fits) {
      shards.push_back({i, i});
      filled = 0;
    }
    shards.back().end = i + 1;
    filled += bytes;
  }
  return shards;
}

std::string shard_name(std::size_t index, std::size_t count) {
  char name[64];
  std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", index + 1, count);
  return name;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                       const TensorWriteOptions& options) {
  check_tensors(tensors);
  SafetensorsHeader header = make_header(tensors, options);
  const std::string first_bytes = build_safetensors_header(header);
  const auto named = by_name(tensors);
  write_file_atomically(path, [&](std::ostream& out) {
    out << first_bytes;
    for (const TensorEntry& entry : header.entries) {
      if (!out) return;  // the disk is full: do not convert the rest for nothing
      write_data(out, named.at(entry.name), entry.dtype);
    }
  });
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path,
                                     std::vector<TensorEntry> entries)
    : file_(path) {
  header_.metadata = {{"format", "pt"}};
  header_.entries = std::move(entries);
  const std::string first_bytes = build_safetensors_header(header_);
  header_.data_begin = static_cast<std::int64_t>(first_bytes.size());
  file_.stream() << first_bytes;
  for (std::size_t i = 0; i < header_.entries.size(); ++i) missing_[header_.entries[i].name] = i;
}

void SafetensorsWriter::put(const std::string& name, const at::Tensor& tensor) {
  const auto found = missing_.find(name);
  if (found == missing_.end()) throw Error(name + ": expected a tensor still to be written");
  const TensorEntry& entry = header_.entries[found->second];
  if (tensor.scalar_type() != entry.dtype || tensor.sizes() != entry.shape) {
    throw Error(name + ": expected " + dtype_name(entry.dtype) + " " + shape_text(entry.shape) +
                " to write, found " + dtype_name(tensor.scalar_type()) + " " +
                shape_text(tensor.sizes().vec()));
  }
  file_.stream().seekp(header_.data_begin + entry.begin);
  write_data(file_.stream(), tensor, entry.dtype);
  missing_.erase(found);
}

void SafetensorsWriter::commit() {
  if (!missing_.empty()) throw Error(missing_.begin()->first + ": was not written");
  file_.commit();
}

void write_tensor_folder(const std::filesystem::path& folder, std::span<const NamedTensor> tensors,
                         const TensorWriteOptions& options) {
  check_tensors(tensors);
  const auto shards = cut_into_shards(tensors, options);
  if (shards.size() == 1) return write_safetensors(folder / kSingleName, tensors, options);
  nlohmann::ordered_json index;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const auto part = tensors.subspan(shards[i].begin, shards[i].end - shards[i].begin);
    const std::string name = shard_name(i, shards.size());
    write_safetensors(folder / name, part, options);
    for (const NamedTensor& entry : part) {
      index["weight_map"][entry.name] = name;
      total += stored_bytes(entry.tensor, options);
    }
  }
  index["metadata"]["total_size"] = total;
  write_file_atomically(folder / kIndexName,
                        [&](std::ostream& out) { out << index.dump(2) << "\n"; });
}

}  // namespace tess2::tensor
