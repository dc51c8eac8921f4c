#include "engine/packed_weights.h"

#include <map>
#include <numeric>

namespace tess2::engine {
namespace {

constexpr const char* kEmbedName = "model.embed_tokens.weight";
constexpr const char* kMixName = "model.embed_tokens.mix";
constexpr const char* kHeadName = "lm_head.weight";

/// Four bits are too few for the two matrices of vocabulary size, a small part of a large model.
WeightFormat vocabulary_format(WeightFormat format) {
  return format == WeightFormat::kQ4 ? WeightFormat::kQ8 : format;
}

/// Sorts what `visit_weights` shows into the two lists.
class SlotCollector {
 public:
  SlotCollector(WeightFormat format, PackedSlots& slots) : format_(format), slots_(slots) {}

  void operator()(const std::string& name, at::Tensor& tensor,
                  const std::vector<std::int64_t>& shape) const {
    const auto dtype = name == kEmbedName ? at::kBFloat16 : at::kFloat;
    slots_.tensors.push_back({name, dtype, shape, &tensor});
  }
  void operator()(const std::string& name, PackedMatrix& matrix,
                  const std::vector<std::int64_t>& shape) const {
    const WeightFormat format = name == kHeadName ? vocabulary_format(format_) : format_;
    slots_.matrices.push_back({name, name, false, shape[0], shape[1], format, &matrix});
  }

 private:
  WeightFormat format_;
  PackedSlots& slots_;
};

}  // namespace

PackedSlots packed_slots(PackedWeights& packed, const model::Config& config, WeightFormat format) {
  PackedSlots slots;
  visit_weights(packed.weights, config, SlotCollector(format, slots));
  const WeightFormat vocabulary = vocabulary_format(format);
  const std::int64_t vocab = config.vocab_size, hidden = config.hidden_size;
  slots.matrices.push_back({kMixName, kEmbedName, true, hidden, vocab, vocabulary, &packed.mix});
  if (config.tie_word_embeddings) {
    slots.matrices.push_back(
        {kHeadName, kEmbedName, false, vocab, hidden, vocabulary, &packed.weights.lm_head});
  }
  return slots;
}

PackedWeights pack_weights(const model::Config& config, WeightFormat format,
                           const TensorSource& source) {
  PackedWeights packed;
  const PackedSlots slots = packed_slots(packed, config, format);
  for (const PlainSlot& slot : slots.tensors) {
    *slot.tensor = source(slot.name).to(slot.dtype).contiguous();
  }
  for (const MatrixSlot& slot : slots.matrices) {
    const at::Tensor weight = source(slot.source);
    *slot.matrix = pack(slot.transposed ? weight.t() : weight, slot.format);
  }
  return packed;
}

TensorSource source_of(const model::Config& config, model::Weights weights) {
  std::map<std::string, at::Tensor> tensors;
  for_each_parameter(weights, config, [&](const std::string& name, const at::Tensor& tensor) {
    tensors[name] = tensor;
  });
  return [tensors = std::move(tensors)](const std::string& name) { return tensors.at(name); };
}

std::int64_t packed_bytes(const model::Config& config, WeightFormat format) {
  PackedWeights none;
  const PackedSlots slots = packed_slots(none, config, format);
  std::int64_t total = 0;
  const auto add = [&](at::ScalarType dtype, const std::vector<std::int64_t>& shape) {
    total += std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()) *
             static_cast<std::int64_t>(c10::elementSize(dtype));
  };
  for (const PlainSlot& slot : slots.tensors) add(slot.dtype, slot.shape);
  for (const MatrixSlot& slot : slots.matrices) {
    for (const PackedPart& part : packed_parts(slot.format, slot.outputs, slot.inputs)) {
      add(part.dtype, part.shape);
    }
  }
  return total;
}

}  // namespace tess2::engine
