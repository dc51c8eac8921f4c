// Tensors in files: safetensors, single or sharded, memory-mapped in and atomically out.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/file.h"
#include "tensor/safetensors_header.h"

namespace tess2::tensor {

/// One memory-mapped safetensors file whose header has been checked in full.
class SafetensorsFile {
 public:
  /// Throws FileError, or FormatError naming the tensor whose entry does not hold.
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  /// Names in the order of the data.
  std::vector<std::string> names() const;
  bool has(const std::string& name) const { return places_.contains(name); }
  /// Throws FormatError where there is no such tensor, as do the functions below.
  const TensorEntry& entry(const std::string& name) const;
  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }

  /// A view of the map, which it keeps alive; writing to it changes memory and never the file. A
  /// copy where the file has the numbers misaligned, and for booleans.
  at::Tensor tensor(const std::string& name) const;

 private:
  std::filesystem::path path_;
  std::shared_ptr<MappedFile> map_;
  SafetensorsHeader header_;
  std::map<std::string, std::size_t> places_;
};

/// The tensors of a Hugging Face folder: `model.safetensors`, or the shards that
/// `model.safetensors.index.json` lists, or what an adapter has (`adapter_model.safetensors`).
class TensorFolder {
 public:
  /// Throws FileError or FormatError: none of the files there, a shard missing or outside the
  /// folder, a tensor that is not in the shard the index says.
  explicit TensorFolder(const std::filesystem::path& folder);

  /// The single file, the index or the adapter's file: what lists the tensors.
  const std::filesystem::path& source() const { return source_; }
  std::vector<std::string> names() const;
  bool has(const std::string& name) const { return places_.contains(name); }
  const TensorEntry& entry(const std::string& name) const { return file_of(name).entry(name); }
  at::Tensor tensor(const std::string& name) const { return file_of(name).tensor(name); }
  /// The file that holds the tensor, for messages. Throws FormatError where there is none.
  const SafetensorsFile& file_of(const std::string& name) const;

 private:
  void read_index();

  std::filesystem::path source_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, std::size_t> places_;
};

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

struct TensorWriteOptions {
  /// Floating-point tensors are converted to it, one at a time, while they are written.
  std::optional<at::ScalarType> float_dtype = std::nullopt;
  /// Bytes of tensor data a shard holds at most (one tensor at least).
  std::int64_t max_shard_bytes = std::numeric_limits<std::int64_t>::max();
};

/// Writes one file, atomically. Throws FileError (disk full, ...) or Error for a dtype that the
/// format lacks.
void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                       const TensorWriteOptions& options = {});

/// A file whose tensors are written one by one, in any order, so that no two need be in memory.
class SafetensorsWriter {
 public:
  /// Begins a file with tensors of these names, dtypes and shapes. Throws FileError, or Error for a
  /// dtype that the format lacks.
  SafetensorsWriter(const std::filesystem::path& path, std::vector<TensorEntry> entries);

  /// Writes the tensor `name`. Throws Error where the file has no such entry or one of another
  /// dtype or shape.
  void put(const std::string& name, const at::Tensor& tensor);
  /// Puts the file in place. Throws FileError (disk full, ...), and Error where a tensor is
  /// missing.
  void commit();

 private:
  AtomicFile file_;
  SafetensorsHeader header_;
  std::map<std::string, std::size_t> missing_;  ///< places in `header_.entries`
};

/// Writes `model.safetensors`, or shards and their index where one file would grow past
/// `options.max_shard_bytes`, into an existing folder. Each file is atomic, the set is not: build
/// the folder aside (`write_folder_atomically`).
void write_tensor_folder(const std::filesystem::path& folder, std::span<const NamedTensor> tensors,
                         const TensorWriteOptions& options = {});

}  // namespace tess2::tensor
