#include "engine/packed_checkpoint.h"

#include <set>

#include "core/error.h"
#include "tensor/safetensors.h"

namespace tess2::engine {
namespace {

namespace fs = std::filesystem;

using model::kConfigName;
constexpr const char* kWeightsName = "model.safetensors";

std::vector<tensor::TensorEntry> entries_of(const PackedSlots& slots) {
  std::vector<tensor::TensorEntry> entries;
  for (const PlainSlot& slot : slots.tensors)
    entries.push_back({slot.name, slot.dtype, slot.shape});
  for (const MatrixSlot& slot : slots.matrices) {
    for (const PackedPart& part : packed_parts(slot.format, slot.outputs, slot.inputs)) {
      entries.push_back({slot.name + part.suffix, part.dtype, part.shape});
    }
  }
  return entries;
}

void write_weights(const fs::path& file, const PackedSlots& slots, const TensorSource& source,
                   const PackProgress& progress) {
  tensor::SafetensorsWriter writer(file, entries_of(slots));
  std::int64_t done = 0;
  for (const PlainSlot& slot : slots.tensors) {
    writer.put(slot.name, source(slot.name).to(slot.dtype).contiguous());
    progress(++done);
  }
  for (const MatrixSlot& slot : slots.matrices) {
    const at::Tensor weight = source(slot.source);
    const PackedMatrix packed = pack(slot.transposed ? weight.t() : weight, slot.format);
    for (const PackedPart& part : packed_parts(slot.format, slot.outputs, slot.inputs)) {
      writer.put(slot.name + part.suffix, packed.*part.tensor);
    }
    progress(++done);
  }
  writer.commit();
}

/// Reads tensors of a file by name and remembers which were asked for.
class CheckedReader {
 public:
  explicit CheckedReader(const fs::path& path) : file_(path) {}

  at::Tensor read(const std::string& name, at::ScalarType dtype,
                  const std::vector<std::int64_t>& shape) {
    const std::string expected =
        tensor::dtype_name(dtype) + " of shape " + tensor::shape_text(shape);
    if (!file_.has(name)) throw FormatError(file_.path(), name, expected, "none");
    const tensor::TensorEntry& entry = file_.entry(name);
    if (entry.dtype != dtype || entry.shape != shape) {
      throw FormatError(
          file_.path(), name, expected,
          tensor::dtype_name(entry.dtype) + " of shape " + tensor::shape_text(entry.shape));
    }
    read_.insert(name);
    return file_.tensor(name);
  }

  void refuse_others() const {
    for (const std::string& name : file_.names()) {
      if (read_.contains(name)) continue;
      throw FormatError(file_.path(), name, "no such tensor in a packed model", "one");
    }
  }

 private:
  tensor::SafetensorsFile file_;
  std::set<std::string> read_;
};

}  // namespace

std::int64_t packed_tensors(const model::Config& config) {
  PackedWeights none;
  const PackedSlots slots = packed_slots(none, config, WeightFormat::kBf16);
  return std::ssize(slots.tensors) + std::ssize(slots.matrices);
}

void write_packed_checkpoint(const fs::path& folder, const model::Config& config,
                             WeightFormat format, const TensorSource& source,
                             const model::ExtraFiles& extra_files, const PackProgress& progress) {
  model::check_config(config, folder / kConfigName);
  model::check_can_save(folder);
  PackedWeights none;
  const PackedSlots slots = packed_slots(none, config, format);
  model::Config described = config;
  described.packed_format = name_of(format);
  write_folder_atomically(folder, [&](const fs::path& aside) {
    write_config(described, aside / kConfigName);
    write_weights(aside / kWeightsName, slots, source, progress);
    if (extra_files) extra_files(aside);
  });
}

WeightFormat packed_format(const model::Config& config, const fs::path& folder) {
  std::string known;
  for (const auto& [name, format] : weight_format_names()) {
    if (name == config.packed_format) return format;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw FormatError(folder / kConfigName, "quantization_config.format", known,
                    config.packed_format);
}

PackedWeights load_packed_weights(const fs::path& folder, const model::Config& config) {
  const WeightFormat format = packed_format(config, folder);
  CheckedReader reader(folder / kWeightsName);
  PackedWeights packed;
  const PackedSlots slots = packed_slots(packed, config, format);
  for (const PlainSlot& slot : slots.tensors) {
    *slot.tensor = reader.read(slot.name, slot.dtype, slot.shape);
  }
  for (const MatrixSlot& slot : slots.matrices) {
    *slot.matrix = {slot.format, slot.outputs, slot.inputs, {}, {}, {}, {}};
    for (const PackedPart& part : packed_parts(slot.format, slot.outputs, slot.inputs)) {
      slot.matrix->*part.tensor = reader.read(slot.name + part.suffix, part.dtype, part.shape);
    }
  }
  reader.refuse_others();
  return packed;
}

}  // namespace tess2::engine
