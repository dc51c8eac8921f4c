// The noisy simplex (section 1) and its mixing with the previous prediction (section 2).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "diffusion/canvas.h"
#include "diffusion/logit_row.h"
#include "diffusion/noise.h"
#include "diffusion/schedule.h"

namespace tess2::diffusion {

/// k: a token w is the vector that is +k at w and -k elsewhere.
inline constexpr float kSimplexValue = 5.0f;

/// s_t at the rows of a canvas: s_t = signal * s_0 + noise * k * eps.
///
/// Kept either as a tensor or as what it is made from (tokens, levels, and where the noise is to be
/// looked up), from which any row can be made again: the two give the same bits.
class NoisySimplex {
 public:
  /// values [N,V] float32.
  static NoisySimplex dense(at::Tensor values);

  /// tokens [N] int64 stand for s_0 (or the projected x_0); one level a sequence; `draw` selects
  /// the noise. `canvas` and `noise` must outlive the simplex.
  static NoisySimplex regenerated(const Canvas& canvas, at::Tensor tokens,
                                  std::vector<Level> levels, const NoiseSource& noise,
                                  std::int64_t draw);

  /// The rows `kept` [M] int64 of this simplex, as the rows of `canvas` (which must outlive the
  /// result): the same positions of the same sequences.
  NoisySimplex selected(const Canvas& canvas, const at::Tensor& kept) const;

  /// The rows of another canvas (which must outlive the result) at the same levels and with the
  /// same noise: `tokens` [M] int64 stand for s_0 there. Throws Error for a dense simplex.
  NoisySimplex on(const Canvas& canvas, at::Tensor tokens) const;

  /// [N] int64, which stand for s_0; undefined for a dense simplex.
  const at::Tensor& tokens() const { return tokens_; }

  /// Writes values [first, first + out.size()) of row n.
  void fill_row(std::int64_t n, std::span<float> out, std::int64_t first = 0) const;

  /// [N,V] float32.
  at::Tensor to_dense(std::int64_t vocab_size) const;

 private:
  NoisySimplex() = default;

  at::Tensor values_;
  const Canvas* canvas_ = nullptr;
  at::Tensor tokens_;
  std::vector<Level> levels_;
  const NoiseSource* noise_ = nullptr;
  std::int64_t draw_ = 0;
};

/// Whether a denoiser sees its previous prediction.
enum class SelfConditioning {
  kNone,        ///< p = softmax(s_t)
  kLogitsMean,  ///< p = (softmax(s_t) + softmax(previous)) / 2, previous = 0 where there is none
};

/// out [V] <- p of section 2 for row n of the simplex. `previous` is that row's previous logits, V
/// of them in either type, or empty where there is no earlier prediction.
void mix_row(const NoisySimplex& simplex, std::int64_t n, SelfConditioning self_conditioning,
             const LogitRow& previous, std::span<float> out);

/// p E for rows [begin, end) of the simplex: [end - begin, H] float32, without gradient (section 2:
/// E is a constant here). `previous` is [end - begin, V], those rows' logits (float32 or float16),
/// or undefined; `embedding` is E [V,H]. Nothing larger than a block of rows times V is kept.
at::Tensor mix_embedding(const NoisySimplex& simplex, SelfConditioning self_conditioning,
                         const at::Tensor& previous, const at::Tensor& embedding,
                         std::int64_t begin, std::int64_t end);

}  // namespace tess2::diffusion
