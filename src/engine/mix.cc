#include "engine/mix.h"

#include <algorithm>
#include <vector>

#include "diffusion/logit_rows.h"
#include "diffusion/projection.h"
#include "engine/linear.h"
#include "tensor/bf16.h"
#include "tensor/parallel.h"

namespace tess2::engine {
namespace {

using kernels::Bf16;

/// Entries of a distribution that are taken exactly, at most, and down to which size.
constexpr std::size_t kExactTokens = 8;
constexpr float kSmall = 1.0f / 512.0f;
constexpr float kSteps = 255.0f;

using Share = Distributions::Share;

/// Moves the largest entries out of p, where zeros stay, and tells the largest that is left.
std::vector<Share> take_largest(std::vector<float>& p, float& largest_left) {
  std::vector<Share> taken;
  for (;;) {
    const std::int64_t token = diffusion::best_token(p);
    float& probability = p[static_cast<std::size_t>(token)];
    largest_left = probability;
    if (taken.size() == kExactTokens || probability <= kSmall) return taken;
    taken.push_back({token, probability});
    probability = 0.0f;
  }
}

}  // namespace

Distributions make_distributions(const diffusion::DenoiserInput& input,
                                 diffusion::SelfConditioning self_conditioning, std::int64_t begin,
                                 std::int64_t end, const PackedMatrix& mix) {
  const std::int64_t vocab = mix.inputs, rows = end - begin;
  Distributions result;
  Operand& operand = result.operand;
  operand.rows = rows;
  operand.inputs = vocab;
  const bool is_bf16 = mix.format == WeightFormat::kBf16;
  if (is_bf16) {
    operand.halves = make_rows16(rows, vocab);
  } else {
    operand.bytes = Matrix<std::uint8_t>(rows, vocab, kRowUnit, kDepthUnit);
    operand.scales.resize(static_cast<std::size_t>(rows));
    result.exact.resize(operand.scales.size());
  }
  const diffusion::LogitRows previous(input.previous);
  tensor::parallel_tasks(rows, [&](std::int64_t i) {
    thread_local std::vector<float> p;
    p.resize(static_cast<std::size_t>(vocab));
    diffusion::mix_row(input.simplex, begin + i, self_conditioning, previous[begin + i], p);
    if (is_bf16) return tensor::to_bf16(p.data(), vocab, operand.halves.row(i));
    float largest = 0.0f;
    const auto at = static_cast<std::size_t>(i);
    result.exact[at] = take_largest(p, largest);
    operand.scales[at] = largest / kSteps;
    kernels::quantise_spreading(p.data(), vocab, largest > 0.0f ? kSteps / largest : 0.0f,
                                operand.bytes.row(i));
  });
  return result;
}

Rows32 mix_embedding(const Distributions& p, const PackedMatrix& mix, const at::Tensor& embed) {
  const std::int64_t hidden = mix.outputs;
  Rows32 mixed = make_rows32(p.operand.rows, hidden);
  std::fill_n(mixed.values.data(), mixed.values.size(), 0.0f);
  add_linear(mixed, p.operand, mix);
  const auto* table = reinterpret_cast<const Bf16*>(embed.data_ptr<at::BFloat16>());
  tensor::parallel_tasks(std::ssize(p.exact), [&](std::int64_t i) {
    for (const auto& [token, probability] : p.exact[static_cast<std::size_t>(i)]) {
      kernels::add_scaled(table + token * hidden, hidden, probability, mixed.row(i));
    }
  });
  return mixed;
}

}  // namespace tess2::engine
