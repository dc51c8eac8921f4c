#include "diffusion/simplex.h"

#include <algorithm>
#include <limits>

#include "core/error.h"
#include "diffusion/logit_rows.h"
#include "diffusion/simplex_kernels.h"
#include "tensor/gemm.h"
#include "tensor/parallel.h"

namespace tess2::diffusion {
namespace {

// Rows mixed at a time by one thread: enough for an efficient product, few enough for the cache.
constexpr std::int64_t kRowBlock = 32;

// A row is made in parts that stay in the first cache until they have become exponentials.
constexpr std::size_t kPart = 2048;

// s_t whose peak lies between these needs no shift: with noise from the generator none is beyond
// k sqrt(1 + 2 ln 2^25) = 30. At the upper end the sum is far from overflow; at the lower one what
// exp no longer tells apart is below e^-40 of the largest.
constexpr float kLowPeak = -40.0f;
constexpr float kHighPeak = 60.0f;

std::span<float> row_of(float* matrix, std::int64_t row, std::int64_t width) {
  return {matrix + row * width, static_cast<std::size_t>(width)};
}

/// out <- e^(s_t - shift) of row n.
Exponentials shifted_exponentials(const NoisySimplex& simplex, std::int64_t n, float shift,
                                  std::span<float> out) {
  Exponentials all{0.0, -std::numeric_limits<float>::infinity()};
  for (std::size_t first = 0; first < out.size(); first += kPart) {
    const std::span<float> part = out.subspan(first, std::min(kPart, out.size() - first));
    simplex.fill_row(n, part, static_cast<std::int64_t>(first));
    const Exponentials some = exponentiate(part, shift);
    all = {all.sum + some.sum, std::max(all.peak, some.peak)};
  }
  return all;
}

/// out <- numbers in proportion to softmax(s_t) of row n; returns their sum.
double fill_exponentials(const NoisySimplex& simplex, std::int64_t n, std::span<float> out) {
  const Exponentials plain = shifted_exponentials(simplex, n, 0.0f, out);
  if (plain.peak > kLowPeak && plain.peak < kHighPeak) return plain.sum;
  return shifted_exponentials(simplex, n, plain.peak, out).sum;
}

}  // namespace

NoisySimplex NoisySimplex::dense(at::Tensor values) {
  NoisySimplex simplex;
  simplex.values_ = values.contiguous();
  return simplex;
}

NoisySimplex NoisySimplex::regenerated(const Canvas& canvas, at::Tensor tokens,
                                       std::vector<Level> levels, const NoiseSource& noise,
                                       std::int64_t draw) {
  NoisySimplex simplex;
  simplex.canvas_ = &canvas;
  simplex.tokens_ = tokens.contiguous();
  simplex.levels_ = std::move(levels);
  simplex.noise_ = &noise;
  simplex.draw_ = draw;
  return simplex;
}

NoisySimplex NoisySimplex::selected(const Canvas& canvas, const at::Tensor& kept) const {
  if (values_.defined()) return dense(values_.index_select(0, kept));
  return regenerated(canvas, tokens_.index_select(0, kept), levels_, *noise_, draw_);
}

NoisySimplex NoisySimplex::on(const Canvas& canvas, at::Tensor tokens) const {
  if (values_.defined())
    throw Error("simplex: expected one that can be made again, found a tensor");
  return regenerated(canvas, std::move(tokens), levels_, *noise_, draw_);
}

void NoisySimplex::fill_row(std::int64_t n, std::span<float> out, std::int64_t first) const {
  if (values_.defined()) {
    std::copy_n(values_.data_ptr<float>() + n * values_.size(1) + first, out.size(), out.begin());
    return;
  }
  const std::int64_t sequence = canvas_->row_sequence(n);
  const Level level = levels_[static_cast<std::size_t>(sequence)];
  noise_->fill(sequence, draw_, canvas_->row_position(n), out, first);
  const float signal = level.signal * kSimplexValue;
  const std::int64_t token = tokens_.data_ptr<std::int64_t>()[n] - first;
  noise_to_simplex(out, level.noise * kSimplexValue, token, signal, -signal);
}

at::Tensor NoisySimplex::to_dense(std::int64_t vocab_size) const {
  if (values_.defined()) return values_;
  at::Tensor values = at::empty({tokens_.numel(), vocab_size}, at::kFloat);
  float* out = values.data_ptr<float>();
  tensor::parallel_blocks(tokens_.numel(), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) fill_row(n, row_of(out, n, vocab_size));
  });
  return values;
}

void mix_row(const NoisySimplex& simplex, std::int64_t n, SelfConditioning self_conditioning,
             const LogitRow& previous, std::span<float> out) {
  const double sum = fill_exponentials(simplex, n, out);
  if (self_conditioning == SelfConditioning::kNone) {
    return scale_row(out, static_cast<float>(1.0 / sum), 0.0f);
  }
  const auto half = static_cast<float>(0.5 / sum);
  if (!previous.empty()) return add_half_softmax(out, half, previous);
  // softmax(0) is uniform.
  scale_row(out, half, 0.5f / static_cast<float>(out.size()));
}

at::Tensor mix_embedding(const NoisySimplex& simplex, SelfConditioning self_conditioning,
                         const at::Tensor& previous, const at::Tensor& embedding,
                         std::int64_t begin, std::int64_t end) {
  const std::int64_t vocab = embedding.size(0);
  const std::int64_t hidden = embedding.size(1);
  at::Tensor mixed = at::empty({end - begin, hidden}, at::kFloat);
  float* out = mixed.data_ptr<float>();
  const LogitRows previous_rows(previous);
  const float* weights = embedding.data_ptr<float>();
  tensor::parallel_blocks(end - begin, kRowBlock, [&](std::int64_t first, std::int64_t last) {
    std::vector<float> p(static_cast<std::size_t>((last - first) * vocab));
    for (std::int64_t i = first; i < last; ++i) {
      mix_row(simplex, begin + i, self_conditioning, previous_rows[i],
              row_of(p.data(), i - first, vocab));
    }
    tensor::gemm(last - first, hidden, vocab, {p.data(), vocab}, {weights, hidden}, 0.0f,
                 out + first * hidden, hidden);
  });
  return mixed;
}

}  // namespace tess2::diffusion
