#include "model/transformer.h"

#include <string>
#include <utility>

#include "core/error.h"
#include "model/blocks.h"
#include "model/lora.h"

namespace tess2::model {
namespace {

/// Differentiable arithmetic on tensors.
class TensorOps {
 public:
  TensorOps(const Config& config, const Backbone& backbone, RotaryTable rotary,
            const AttentionPattern& pattern, KeyValueCache* cache, at::ScalarType type)
      : config_(config),
        backbone_(backbone),
        rotary_(std::move(rotary)),
        pattern_(pattern),
        cache_(cache),
        type_(type),
        is_training_(at::GradMode::is_enabled()) {}

  std::size_t layers() const { return backbone_.layers.size(); }
  LayerOf<AdaptedLinear> layer(std::size_t i) const {
    return adapted_layer(backbone_, i, is_training_);
  }
  const at::Tensor& final_norm() const { return backbone_.norm; }

  at::Tensor norm(const at::Tensor& x, const at::Tensor& weight) const {
    return rms_norm(x, weight, config_.rms_norm_eps, type_);
  }
  at::Tensor linear(const at::Tensor& x, const AdaptedLinear& map) const {
    return adapted_linear(x, map);
  }
  void add_linear(at::Tensor& hidden, const at::Tensor& x, const AdaptedLinear& map) const {
    hidden = add_adapted_linear(hidden, x, map);
  }
  at::Tensor gated_linear(const at::Tensor& x, const AdaptedLinear& gate,
                          const AdaptedLinear& up) const {
    return swiglu(adapted_linear(x, gate), adapted_linear(x, up));
  }
  at::Tensor rotate(const at::Tensor& x) const { return model::rotate(x, rotary_); }
  at::Tensor attend(std::size_t i, const at::Tensor& q, at::Tensor k, at::Tensor v) const {
    if (cache_) cache_->extend(i, k, v);
    return attention(q, k, v, config_.head_dim, pattern_);
  }
  /// Training and the autoregressive model read every position.
  void enter_last_block(at::Tensor&, at::Tensor&) const {}

 private:
  const Config& config_;
  const Backbone& backbone_;
  RotaryTable rotary_;
  AttentionPattern pattern_;
  KeyValueCache* cache_;
  at::ScalarType type_;
  bool is_training_;  ///< as the run began: what is computed again in its backward pass is the same
};

/// A block to be run again in the backward pass.
struct BlockRun : torch::CustomClassHolder {
  BlockRun(const TensorOps& arithmetic, std::size_t block) : ops(arithmetic), i(block) {}

  at::Tensor operator()(at::Tensor hidden) {
    run_block(ops, i, hidden);
    return hidden;
  }

  TensorOps ops;
  std::size_t i;
};

/// A block that keeps its input alone. The weights' gradients come from the second run, which adds
/// them to the leaves itself.
struct CheckpointedBlock : torch::autograd::Function<CheckpointedBlock> {
  /// `anchor` requires a gradient, so that the block has a backward pass even where its input has
  /// none.
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& hidden,
                            const at::Tensor& anchor, c10::intrusive_ptr<BlockRun> run) {
    static_cast<void>(anchor);
    context->save_for_backward({hidden});
    context->saved_data["run"] = c10::IValue::make_capsule(run);
    return (*run)(hidden);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto run =
        c10::static_intrusive_pointer_cast<BlockRun>(context->saved_data["run"].toCapsule());
    const at::Tensor hidden = context->get_saved_variables()[0].detach().requires_grad_(true);
    at::Tensor result;
    {
      const at::AutoGradMode with_gradients(true);
      result = (*run)(hidden);
    }
    torch::autograd::backward({result}, {gradients[0]});
    return {hidden.grad(), at::Tensor(), at::Tensor()};
  }
};

at::Tensor run_checkpointed(const TensorOps& ops, at::Tensor hidden) {
  const at::Tensor anchor = at::empty({0}, hidden.options()).requires_grad_(true);
  for (std::size_t i = 0; i < ops.layers(); ++i) {
    hidden = CheckpointedBlock::apply(hidden, anchor, c10::make_intrusive<BlockRun>(ops, i));
  }
  return ops.norm(hidden, ops.final_norm());
}

}  // namespace

std::int64_t KeyValueCache::length() const {
  return layers_.empty() || !layers_[0].keys.defined() ? 0 : layers_[0].keys.size(1);
}

void KeyValueCache::extend(std::size_t layer, at::Tensor& keys, at::Tensor& values) {
  LayerCache& kept = layers_.at(layer);
  if (kept.keys.defined()) {
    keys = at::cat({kept.keys, keys}, 1);
    values = at::cat({kept.values, values}, 1);
  }
  kept = {keys, values};
}

at::Tensor run_backbone(const Config& config, const Backbone& backbone, const at::Tensor& x,
                        const AttentionPattern& pattern, KeyValueCache* cache,
                        const Compute& compute) {
  const RotaryTable rotary = make_rotary_table(cache ? cache->length() : 0, x.size(1),
                                               config.head_dim, config.rope_theta, x.device());
  const at::ScalarType type = compute.type == at::kFloat ? x.scalar_type() : compute.type;
  TensorOps ops(config, backbone, rotary, pattern, cache, type);
  if (compute.checkpointing && at::GradMode::is_enabled()) return run_checkpointed(ops, x);
  return run_blocks(ops, x);
}

AttentionPattern bidirectional_pattern(const Config& config) {
  return {false, config.sliding_window.value_or(0)};
}

AttentionPattern causal_pattern(const Config& config) {
  return {true, config.sliding_window.value_or(0)};
}

at::Tensor embed_tokens(const Backbone& backbone, const at::Tensor& ids) {
  const std::int64_t vocab = backbone.embed.size(0);
  const at::Tensor outside = ids.masked_select(ids.lt(0).logical_or(ids.ge(vocab)));
  if (outside.numel() > 0) {
    throw Error("token ids: expected 0 to " + std::to_string(vocab - 1) + ", found " +
                std::to_string(outside[0].item<std::int64_t>()));
  }
  return at::embedding(backbone.embed, ids);
}

}  // namespace tess2::model
