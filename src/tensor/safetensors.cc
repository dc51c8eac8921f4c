#include "tensor/safetensors.h"

#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/terminal.h"
#include "tensor/json.h"
#include "tensor/safetensors_names.h"

namespace tess2::tensor {
namespace {

using Json = nlohmann::json;

bool is_aligned(const std::byte* data, at::ScalarType dtype) {
  return reinterpret_cast<std::uintptr_t>(data) % c10::elementSize(dtype) == 0;
}

at::Tensor copy_of(const std::byte* data, const TensorEntry& entry) {
  at::Tensor copy = at::empty(entry.shape, entry.dtype);
  std::memcpy(copy.data_ptr(), data, static_cast<std::size_t>(entry.end - entry.begin));
  return copy;
}

/// Shard by tensor, as the index says.
Json read_weight_map(const std::filesystem::path& file) {
  const Json json = parse_json_object<Json>(read_text_file(file), file);
  const auto map = json.find("weight_map");
  const bool there = map != json.end();
  if (there && map->is_object()) return *map;
  throw FormatError(file, "weight_map", "an object", there ? json_text(*map) : "none");
}

/// The shard's name, which must be that of a file in the folder itself.
std::string shard_name(const std::filesystem::path& index, const std::string& tensor,
                       const Json& value) {
  const std::string name = value.is_string() ? value.get<std::string>() : std::string();
  const bool plain = !name.empty() && name != "." && name != ".." &&
                     name.find_first_of(std::string("/\0", 2)) == std::string::npos;
  if (!plain) {
    throw FormatError(index, printable(tensor), "the name of a file in this folder",
                      json_text(value));
  }
  return name;
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : path_(path),
      map_(std::make_shared<MappedFile>(path)),
      header_(parse_safetensors_header(path, map_->bytes())) {
  for (std::size_t i = 0; i < header_.entries.size(); ++i) places_[header_.entries[i].name] = i;
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  for (const TensorEntry& entry : header_.entries) names.push_back(entry.name);
  return names;
}

const TensorEntry& SafetensorsFile::entry(const std::string& name) const {
  const auto found = places_.find(name);
  if (found == places_.end()) throw FormatError(path_, printable(name), "a tensor", "none");
  return header_.entries[found->second];
}

at::Tensor SafetensorsFile::tensor(const std::string& name) const {
  const TensorEntry& found = entry(name);
  if (found.begin == found.end) return at::empty(found.shape, found.dtype);
  std::byte* data = map_->bytes().data() + header_.data_begin + found.begin;
  if (!is_aligned(data, found.dtype)) return copy_of(data, found);
  const auto keep_map = [map = map_](void*) {};
  // A byte other than 0 and 1 is no bool to the compiler.
  if (found.dtype == at::kBool) {
    return at::from_blob(data, found.shape, keep_map, at::kByte).ne(0);
  }
  return at::from_blob(data, found.shape, keep_map, found.dtype);
}

TensorFolder::TensorFolder(const std::filesystem::path& folder) {
  for (const char* name : {kSingleName, kIndexName, kAdapterName}) {
    source_ = folder / name;
    if (std::filesystem::exists(source_)) break;
    source_.clear();
  }
  if (source_.empty()) {
    throw FileError(
        folder, std::string("expected ") + kSingleName + " or " + kIndexName + ", found neither");
  }
  if (source_.filename() == kIndexName) {
    read_index();
    return;
  }
  files_.emplace_back(source_);
  for (const std::string& name : files_[0].names()) places_[name] = 0;
}

void TensorFolder::read_index() {
  std::map<std::string, std::size_t> opened;
  const Json map = read_weight_map(source_);
  for (const auto& [name, value] : map.items()) {
    const std::string shard = shard_name(source_, name, value);
    const auto [place, is_new] = opened.emplace(shard, files_.size());
    if (is_new) files_.emplace_back(source_.parent_path() / shard);
    files_[place->second].entry(name);  // throws where the index lies
    places_[name] = place->second;
  }
}

std::vector<std::string> TensorFolder::names() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : places_) names.push_back(name);
  return names;
}

const SafetensorsFile& TensorFolder::file_of(const std::string& name) const {
  const auto found = places_.find(name);
  if (found == places_.end()) throw FormatError(source_, printable(name), "a tensor", "none");
  return files_[found->second];
}

}  // namespace tess2::tensor
