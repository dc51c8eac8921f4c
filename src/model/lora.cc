#include "model/lora.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <type_traits>
#include <utility>

#include "core/error.h"
#include "core/nearest.h"
#include "core/random.h"
#include "model/ops.h"
#include "tensor/parallel.h"

namespace tess2::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::string_view kWeight = ".weight";
constexpr std::string_view kPeftPrefix = "base_model.model.";
constexpr std::int64_t kRowBlock = 16;

/// Fresh weights of a model are of step 0; adapters have numbers of their own beside them.
constexpr std::uint32_t kAdapterStep = 1;

/// Calls visit(name, adapter, shape) for every linear map of a model, with the map's weight's name
/// and shape.
template <class Visit>
void visit_maps(WeightsOf<LoraAdapter>& maps, const Config& config, const Visit& visit) {
  visit_weights(maps, config,
                [&](const std::string& name, auto& member, const std::vector<std::int64_t>& shape) {
                  if constexpr (std::is_same_v<std::decay_t<decltype(member)>, LoraAdapter>) {
                    visit(name, member, shape);
                  }
                });
}

bool is_one_of(std::string_view module, const std::vector<std::string>& wanted) {
  return std::ranges::any_of(wanted, [&](const auto& name) { return is_module(module, name); });
}

void check_targets(const std::vector<std::string>& maps, const std::vector<std::string>& targets) {
  for (const std::string& target : targets) {
    const auto matches = [&](const std::string& map) { return is_module(map, target); };
    if (std::ranges::any_of(maps, matches)) continue;
    std::vector<std::string> known;
    for (const std::string& map : maps) known.push_back(map.substr(map.rfind('.') + 1));
    throw UsageError("lora.targets: expected linear maps of the blocks, found " + target +
                     nearest_hint(target, known));
  }
}

/// m [B, L, n]: 0 with the chance p, else 1 / (1 - p).
at::Tensor dropout_mask(at::IntArrayRef shape, const Adapters& adapters, std::uint32_t place) {
  at::Tensor mask = at::empty(shape, at::kFloat);
  const std::int64_t length = shape[1];
  const std::int64_t width = shape[2];
  const double chance = adapters.config.dropout;
  const auto threshold = static_cast<std::uint32_t>(chance * 0x1p32);
  const auto kept = static_cast<float>(1.0 / (1.0 - chance));
  auto* out = mask.data_ptr<float>();
  tensor::parallel_blocks(shape[0] * length, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const auto sequence = static_cast<std::uint64_t>(adapters.first_sequence + row / length);
      const std::uint64_t key = derive_seed(adapters.seed, sequence);
      const auto position = static_cast<std::uint32_t>(row % length);
      for (std::int64_t i = 0; i < width; i += 4) {
        const auto words = philox({static_cast<std::uint32_t>(i / 4), position, place,
                                   static_cast<std::uint32_t>(Stream::kDropout)},
                                  key);
        for (std::int64_t k = 0; k < std::min<std::int64_t>(4, width - i); ++k) {
          out[row * width + i + k] = words[static_cast<std::size_t>(k)] < threshold ? 0.0f : kept;
        }
      }
    }
  });
  return mask;
}

// y = m x;  dx = m dy, with m made again instead of kept.
struct Drop : torch::autograd::Function<Drop> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Adapters* adapters,
                            std::int64_t place) {
    // What the mask depends on, as it is now.
    context->saved_data["chance"] = adapters->config.dropout;
    context->saved_data["seed"] = static_cast<std::int64_t>(adapters->seed);
    context->saved_data["first"] = adapters->first_sequence;
    context->saved_data["place"] = place;
    return masked(x, *adapters, place);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    Adapters then;
    then.config.dropout = context->saved_data["chance"].toDouble();
    then.seed = static_cast<std::uint64_t>(context->saved_data["seed"].toInt());
    then.first_sequence = context->saved_data["first"].toInt();
    const std::int64_t place = context->saved_data["place"].toInt();
    return {masked(gradients[0], then, place), at::Tensor(), at::Tensor()};
  }

  static at::Tensor masked(const at::Tensor& x, const Adapters& adapters, std::int64_t place) {
    const at::Tensor mask = dropout_mask(x.sizes(), adapters, static_cast<std::uint32_t>(place));
    return x * mask.to(x.device(), x.scalar_type());
  }
};

at::Tensor merged(const at::Tensor& weight, const LoraAdapter& adapter, double scale) {
  const at::Tensor update = at::mm(adapter.b.to(at::kFloat), adapter.a.to(at::kFloat)) * scale;
  return (weight.to(at::kFloat) + update).to(weight.scalar_type());
}

/// s drop(x) A^T B^T
at::Tensor adapter_part(const at::Tensor& x, const AdaptedLinear& map) {
  const bool drops = map.is_training && map.all->config.dropout > 0.0;
  const at::Tensor seen = drops ? drop(x, *map.all, map.adapter.place) : x;
  return linear_map(linear_map(seen, map.adapter.a), map.adapter.b) * map.all->config.scale();
}

}  // namespace

double LoraConfig::scale() const {
  const auto r = static_cast<double>(rank);
  return alpha / (root_scale ? std::sqrt(r) : r);
}

bool is_module(std::string_view name, std::string_view wanted) {
  if (!name.ends_with(wanted) || wanted.empty()) return false;
  return name.size() == wanted.size() || name[name.size() - wanted.size() - 1] == '.';
}

std::string module_of(std::string_view weight) {
  if (weight.ends_with(kWeight)) weight.remove_suffix(kWeight.size());
  return std::string(weight);
}

bool is_saved_whole(std::string_view weight, const LoraConfig& config) {
  return is_one_of(module_of(weight), config.modules_to_save);
}

std::vector<std::string> block_maps(const Config& config) {
  WeightsOf<LoraAdapter> none;
  std::vector<std::string> names;
  visit_maps(none, config, [&](const std::string& name, const LoraAdapter&, const auto&) {
    if (name.starts_with("model.layers.")) names.push_back(module_of(name));
  });
  return names;
}

Adapters place_adapters(const Config& config, const LoraConfig& lora) {
  const auto in_blocks = block_maps(config);
  check_targets(in_blocks, lora.targets);
  Adapters adapters{lora, {}, 0, 0};
  std::uint32_t place = 0;
  visit_maps(adapters.maps, config, [&](const auto& name, LoraAdapter& adapter, const auto&) {
    adapter.place = place++;
    const std::string module = module_of(name);
    if (std::ranges::find(in_blocks, module) == in_blocks.end()) return;
    if (is_one_of(module, lora.targets)) adapter.a = adapter.b = at::empty({0});
  });
  return adapters;
}

Adapters make_adapters(const Config& config, const LoraConfig& lora, std::uint64_t seed) {
  Adapters adapters = place_adapters(config, lora);
  adapters.seed = seed;
  visit_maps(adapters.maps, config, [&](const auto&, LoraAdapter& adapter, const auto& shape) {
    if (!adapter.defined()) return;
    adapter.a = at::empty({lora.rank, shape[1]});
    adapter.b = at::zeros({shape[0], lora.rank});
    const auto numbers = static_cast<std::size_t>(adapter.a.numel());
    fill_normal({adapter.a.data_ptr<float>(), numbers}, seed, Stream::kInitialise, kAdapterStep,
                adapter.place);
    adapter.a.mul_(1.0 / std::sqrt(3.0 * static_cast<double>(shape[1])));
  });
  return adapters;
}

std::vector<WeightSlot> adapter_slots(Adapters& adapters, const Config& config) {
  const std::int64_t rank = adapters.config.rank;
  std::vector<WeightSlot> slots;
  visit_maps(adapters.maps, config, [&](const auto& name, LoraAdapter& adapter, const auto& shape) {
    if (!adapter.defined()) return;
    const std::string module = peft_name(module_of(name));
    slots.push_back({module + ".lora_A.weight", &adapter.a, {rank, shape[1]}});
    slots.push_back({module + ".lora_B.weight", &adapter.b, {shape[0], rank}});
  });
  return slots;
}

std::string peft_name(std::string_view name) {
  return std::string(kPeftPrefix) + std::string(name);
}

void begin_sequences(const Weights& weights, std::int64_t first) {
  if (weights.backbone.adapters) weights.backbone.adapters->first_sequence = first;
}

void merge_adapters(Weights& weights, Adapters& adapters, const Config& config) {
  std::map<std::string, const LoraAdapter*> by_name;
  visit_maps(adapters.maps, config, [&](const auto& name, const LoraAdapter& adapter, const auto&) {
    if (adapter.defined()) by_name[name] = &adapter;
  });
  for_each_parameter(weights, config, [&](const std::string& name, at::Tensor& weight) {
    const auto found = by_name.find(name);
    if (found == by_name.end()) return;
    weight = merged(weight, *found->second, adapters.config.scale());
  });
}

LayerOf<AdaptedLinear> adapted_layer(const Backbone& backbone, std::size_t i, bool is_training) {
  const Layer& layer = backbone.layers[i];
  static const LayerOf<LoraAdapter> kNone;
  const Adapters* all = backbone.adapters.get();
  const auto& own = all == nullptr ? kNone : all->maps.backbone.layers[i];
  const auto adapted = [&](const at::Tensor& weight, const LoraAdapter& adapter) {
    return AdaptedLinear{weight, adapter, all, is_training};
  };
  return {layer.input_norm,
          adapted(layer.q_proj, own.q_proj),
          adapted(layer.k_proj, own.k_proj),
          adapted(layer.v_proj, own.v_proj),
          adapted(layer.o_proj, own.o_proj),
          layer.post_attention_norm,
          adapted(layer.gate_proj, own.gate_proj),
          adapted(layer.up_proj, own.up_proj),
          adapted(layer.down_proj, own.down_proj)};
}

at::Tensor adapted_linear(const at::Tensor& x, const AdaptedLinear& map) {
  const at::Tensor y = linear_map(x, map.weight);
  return map.adapter.defined() ? y + adapter_part(x, map) : y;
}

at::Tensor add_adapted_linear(const at::Tensor& hidden, const at::Tensor& x,
                              const AdaptedLinear& map) {
  const at::Tensor sum = add_linear_map(hidden, x, map.weight);
  return map.adapter.defined() ? sum + adapter_part(x, map) : sum;
}

at::Tensor drop(const at::Tensor& x, const Adapters& adapters, std::uint32_t place) {
  return Drop::apply(x, &adapters, static_cast<std::int64_t>(place));
}

}  // namespace tess2::model
