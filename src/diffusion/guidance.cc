#include "diffusion/guidance.h"

#include "core/random.h"
#include "diffusion/projection.h"
#include "tensor/parallel.h"

namespace tess2::diffusion {
namespace {

/// Gumbel noise [n,V]: -log(-log u), u from the counter-based generator.
at::Tensor gumbel_noise(at::IntArrayRef shape, std::uint64_t seed, std::int64_t draw) {
  at::Tensor noise = at::empty(shape, at::kFloat);
  float* out = noise.data_ptr<float>();
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    // The distribution function of a normal number is uniform.
    const std::span<float> row{out + n * shape[1], static_cast<std::size_t>(shape[1])};
    fill_normal(row, seed, Stream::kGuidance, static_cast<std::uint32_t>(draw),
                static_cast<std::uint32_t>(n));
  }
  const at::Tensor uniform = at::special_ndtr(noise).clamp(1e-7, 1.0 - 1e-7);
  return -at::log(-at::log(uniform));
}

}  // namespace

RewardGuidance::RewardGuidance(RewardFunction& reward, const GuidanceSettings& settings)
    : reward_(reward), settings_(settings) {}

at::Tensor RewardGuidance::apply(const Canvas& canvas, const at::Tensor& logits,
                                 std::span<const std::uint64_t> seeds, std::int64_t step) {
  at::Tensor guided = logits.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  tensor::parallel_tasks(canvas.batch(), [&](std::int64_t b) {
    at::NoGradGuard no_grad;
    const std::int64_t rows = canvas.row_begin(b + 1) - canvas.row_begin(b);
    at::Tensor current = guided.narrow(0, canvas.row_begin(b), rows);
    at::Tensor sum = at::zeros_like(current);
    for (std::int64_t i = 0; i < settings_.inner_steps; ++i) {
      const std::int64_t draw = step * settings_.inner_steps + i;
      sum += gradient(canvas, b, current, seeds[static_cast<std::size_t>(b)], draw);
      current.add_(sum, settings_.scale);
    }
  });
  return guided;
}

at::Tensor RewardGuidance::gradient(const Canvas& canvas, std::int64_t b, const at::Tensor& logits,
                                    std::uint64_t seed, std::int64_t draw) {
  at::AutoGradMode with_grad(true);
  const at::Tensor variable = logits.detach().clone().requires_grad_(true);
  const at::Tensor reward = reward_.reward(canvas, b, reward_input(variable, seed, draw));
  return torch::autograd::grad({reward}, {variable})[0];
}

at::Tensor RewardGuidance::reward_input(const at::Tensor& logits, std::uint64_t seed,
                                        std::int64_t draw) const {
  if (settings_.input == GuidanceInput::kSoftmax) {
    return at::softmax(logits / settings_.temperature, -1);
  }
  const at::Tensor noisy = logits + gumbel_noise(logits.sizes(), seed, draw);
  const at::Tensor soft = at::softmax(noisy / settings_.temperature, -1);
  if (settings_.input == GuidanceInput::kGumbel) return soft;
  const at::Tensor hard = at::one_hot(argmax_tokens(noisy.detach()), logits.size(1)).to(at::kFloat);
  return soft + (hard - soft).detach();
}

}  // namespace tess2::diffusion
