#include "diffusion/convergence.h"

namespace tess2::diffusion {

double mean_divergence(const at::Tensor& logits, const at::Tensor& previous) {
  const at::Tensor now = at::log_softmax(logits, -1);
  const at::Tensor before = at::log_softmax(previous, -1);
  return (now.exp() * (now - before)).sum(-1).mean().item<double>();
}

bool Convergence::observe(const StepEvent& event) {
  if (!event.previous_tokens.defined() || !event.tokens.equal(event.previous_tokens)) {
    unchanged_ = 0;
    return false;
  }
  if (++unchanged_ < settings_.stable_steps) return false;
  return mean_divergence(event.logits, event.previous_logits) <= settings_.divergence;
}

}  // namespace tess2::diffusion
