// Stand-ins for a model, small enough to reason about.
#pragma once

#include <ATen/ATen.h>

#include <mutex>
#include <vector>

#include "diffusion/denoiser.h"

namespace tess2::diffusion::testing {

/// logits = simplex + 0.25 previous + time: every input shows in the output. Remembers its inputs.
class EchoDenoiser final : public Denoiser {
 public:
  explicit EchoDenoiser(std::int64_t vocab) : vocab_(vocab) {}

  std::int64_t vocab_size() const override { return vocab_; }

  at::Tensor predict(const DenoiserInput& input) override {
    at::Tensor logits = input.simplex.to_dense(vocab_).clone();
    remember(logits, input);
    if (input.previous.defined()) logits += input.previous * 0.25;
    for (std::int64_t n = 0; n < logits.size(0); ++n) {
      logits[n] += input.times[static_cast<std::size_t>(input.canvas.row_sequence(n))];
    }
    return logits;
  }

  std::vector<at::Tensor> simplexes;
  std::vector<at::Tensor> previous;
  std::vector<std::vector<float>> times;

 private:
  // Sessions that are stepped together may share a denoiser.
  void remember(const at::Tensor& simplex, const DenoiserInput& input) {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    simplexes.push_back(simplex.clone());
    previous.push_back(input.previous);
    times.push_back(input.times);
  }

  std::int64_t vocab_;
};

/// Another denoiser's predictions, rounded to float16 and kept in `type` (float16 or float32).
class RoundingDenoiser final : public Denoiser {
 public:
  RoundingDenoiser(Denoiser& denoiser, at::ScalarType type) : denoiser_(denoiser), type_(type) {}

  std::int64_t vocab_size() const override { return denoiser_.vocab_size(); }

  at::Tensor predict(const DenoiserInput& input) override {
    const at::Tensor previous =
        input.previous.defined() ? input.previous.to(at::kFloat) : input.previous;
    const at::Tensor logits =
        denoiser_.predict({input.canvas, input.simplex, input.times, previous});
    return logits.to(at::kHalf).to(type_);
  }

 private:
  Denoiser& denoiser_;
  at::ScalarType type_;
};

/// Sequences of length `length` whose first `prompt` positions are given: tokens 1, 2, 3, ...
inline Canvas make_canvas(std::int64_t batch, std::int64_t length, std::int64_t prompt) {
  const at::Tensor ids = at::arange(1, batch * length + 1, at::kLong).view({batch, length});
  at::Tensor mask = at::ones({batch, length}, at::kBool);
  mask.narrow(1, 0, prompt).fill_(false);
  return Canvas(ids.remainder(7), mask);
}

}  // namespace tess2::diffusion::testing
