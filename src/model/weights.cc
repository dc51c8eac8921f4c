#include "model/weights.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>

#include "core/error.h"
#include "core/random.h"

namespace tess2::model {
namespace {

bool is_norm(const WeightSlot& slot) {
  return slot.name.ends_with("norm.weight");
}

at::Tensor fresh_weight(const WeightSlot& slot, std::size_t index, const Config& config,
                        std::uint64_t seed) {
  if (is_norm(slot)) return at::ones(slot.shape);
  at::Tensor weight = at::empty(slot.shape);
  const std::span<float> values(weight.data_ptr<float>(), static_cast<std::size_t>(weight.numel()));
  fill_normal(values, seed, Stream::kInitialise, 0, static_cast<std::uint32_t>(index));
  return weight.mul_(config.initializer_range);
}

}  // namespace

std::vector<WeightSlot> weight_slots(Weights& weights, const Config& config) {
  std::vector<WeightSlot> slots;
  visit_weights(weights, config,
                [&](std::string name, at::Tensor& tensor, std::vector<std::int64_t> shape) {
                  slots.push_back({std::move(name), &tensor, std::move(shape)});
                });
  return slots;
}

std::int64_t count_parameters(const Config& config) {
  Weights none;
  std::int64_t count = 0;
  for (const WeightSlot& slot : weight_slots(none, config)) {
    count +=
        std::accumulate(slot.shape.begin(), slot.shape.end(), std::int64_t{1}, std::multiplies<>());
  }
  return count;
}

Weights make_weights(const Config& config, std::uint64_t seed) {
  Weights weights;
  const auto slots = weight_slots(weights, config);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    *slots[i].tensor = fresh_weight(slots[i], i, config, seed);
  }
  return weights;
}

at::Tensor make_weight(const Config& config, const std::string& name, std::uint64_t seed) {
  Weights none;
  const auto slots = weight_slots(none, config);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].name == name) return fresh_weight(slots[i], i, config, seed);
  }
  throw Error(name + ": expected a weight of the model, found none of that name");
}

}  // namespace tess2::model
