#include "engine/packed_ops.h"

#include <algorithm>
#include <utility>

#include "model/transformer.h"
#include "tensor/parallel.h"

namespace tess2::engine {
namespace {

constexpr std::int64_t kRowBlock = 16;

Rows32 select(const Rows32& rows, const std::vector<std::int64_t>& chosen) {
  Rows32 result = make_rows32(std::ssize(chosen), rows.columns);
  for (std::int64_t i = 0; i < result.rows; ++i) {
    std::copy_n(rows.row(chosen[static_cast<std::size_t>(i)]), rows.columns, result.row(i));
  }
  return result;
}

/// Where each of `some` stands among `all`; both rise.
std::vector<std::int64_t> places_among(const std::vector<std::int64_t>& all,
                                       const std::vector<std::int64_t>& some) {
  std::vector<std::int64_t> places;
  for (const std::int64_t position : some) {
    places.push_back(std::ranges::lower_bound(all, position) - all.begin());
  }
  return places;
}

}  // namespace

PackedOps::PackedOps(const model::Config& config, const PackedWeights& packed, std::int64_t length,
                     std::vector<std::int64_t> positions, std::vector<std::int64_t> wanted,
                     KeptContext* context)
    : config_(config),
      packed_(packed),
      positions_(std::move(positions)),
      wanted_(std::move(wanted)),
      context_(context),
      rotary_(model::make_rotary_table(0, length, config.head_dim, config.rope_theta, at::kCPU)),
      pattern_(config.is_causal ? model::causal_pattern(config)
                                : model::bidirectional_pattern(config)) {}

WeightFormat PackedOps::format() const {
  return layer(0).q_proj.format;
}

Operand PackedOps::norm(const Rows32& x, const at::Tensor& weight) const {
  Rows16 normed = make_rows16(x.rows, x.columns);
  const float* w = weight.data_ptr<float>();
  const auto eps = static_cast<float>(config_.rms_norm_eps);
  tensor::parallel_blocks(x.rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      kernels::rms_norm(x.row(i), w, x.columns, eps, normed.row(i));
    }
  });
  return make_operand(std::move(normed), format());
}

Rows16 PackedOps::linear(const Operand& x, const PackedMatrix& weight) const {
  return engine::linear(x, weight);
}

void PackedOps::add_linear(Rows32& hidden, Rows16 x, const PackedMatrix& weight) const {
  engine::add_linear(hidden, make_operand(std::move(x), format()), weight);
}

Rows16 PackedOps::gated_linear(const Operand& x, const PackedMatrix& gate,
                               const PackedMatrix& up) const {
  return engine::gated_linear(x, gate, up);
}

Rows16 PackedOps::rotate(Rows16 x) const {
  const std::int64_t half = config_.head_dim / 2;
  const float* cos = rotary_.cos.data_ptr<float>();
  const float* sin = rotary_.sin.data_ptr<float>();
  tensor::parallel_blocks(x.rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t angle = positions_[static_cast<std::size_t>(i)] * half;
      for (std::int64_t head = 0; head < x.columns; head += 2 * half) {
        kernels::rotate(cos + angle, sin + angle, half, x.row(i) + head);
      }
    }
  });
  return x;
}

Rows16 PackedOps::attend(std::size_t i, const Rows16& q, Rows16 k, Rows16 v) const {
  if (context_) context_->complete(i, k, v);
  const HeadShape shape{config_.num_attention_heads, config_.num_key_value_heads, config_.head_dim};
  return attention(q, positions_, k, v, shape, pattern_);
}

void PackedOps::enter_last_block(Rows32& hidden, Operand& normed) {
  const std::vector<std::int64_t> chosen = places_among(positions_, wanted_);
  hidden = select(hidden, chosen);
  normed = select_rows(normed, chosen);
  positions_ = wanted_;
}

}  // namespace tess2::engine
