// How far the predictions of one denoiser are from another's along the same runs.
#pragma once

#include <ATen/ATen.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "diffusion/denoiser.h"

namespace tess2::eval {

/// Rows compared.
struct Difference {
  std::int64_t rows = 0;
  double divergence = 0.0;      ///< sum of KL(softmax(reference) || softmax(candidate)), in nats
  std::int64_t same_token = 0;  ///< rows whose likeliest token is the same

  /// Means over the rows; 0 of none.
  double mean_divergence() const;
  double agreement() const;

  Difference& operator+=(const Difference& other);
};

/// Predicts as `reference` does and asks `candidate` for the same prediction: both see the same
/// canvas, noise and previous prediction (the reference's), so differences do not add up over the
/// steps. Of what a run saves only the candidate makes use: the reference has no prompt cache, and
/// where the canvas was shortened or tokens of it committed it goes on with the whole canvas, on
/// which those places are still noisy; a run that restarts begins another canvas. One run at a
/// time; not for two threads.
class ComparedDenoiser final : public diffusion::Denoiser {
 public:
  /// Bands of the noise level t/T: [0, 0.2), ..., [0.8, 1].
  static constexpr std::size_t kBands = 5;

  /// Both must outlive this. Throws Error where their vocabularies differ.
  ComparedDenoiser(diffusion::Denoiser& reference, diffusion::Denoiser& candidate);

  std::int64_t vocab_size() const override { return reference_.vocab_size(); }
  bool keeps_context() const override { return candidate_.keeps_context(); }
  std::span<const double> level_shares() const override { return reference_.level_shares(); }
  at::Tensor predict(const diffusion::DenoiserInput& input) override;

  const std::array<Difference, kBands>& bands() const { return bands_; }
  Difference all() const;

 private:
  /// The reference's prediction for the input's rows, on the whole canvas.
  at::Tensor predict_whole(const diffusion::DenoiserInput& input);

  diffusion::Denoiser& reference_;
  diffusion::Denoiser& candidate_;
  std::array<Difference, kBands> bands_;
  std::optional<diffusion::Canvas> whole_;  ///< of the run
  at::Tensor whole_logits_;                 ///< the last prediction on it
};

/// A table with a line a band that has rows, and one for all.
std::string divergence_table(const ComparedDenoiser& compared);
/// `{"bands": [{"from", "to", "rows", "divergence", "agreement"}, ...], "rows", "divergence",
/// "agreement"}` and a newline.
std::string divergence_json(const ComparedDenoiser& compared);

}  // namespace tess2::eval
