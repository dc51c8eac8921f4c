#include "diffusion/denoiser.h"

#include "diffusion/cross_entropy.h"

namespace tess2::diffusion {

TokenLosses Denoiser::losses(const DenoiserInput& input, const DenoiserInput* earlier,
                             const at::Tensor& labels, const at::Tensor& weights) {
  DenoiserInput informed = input;
  if (earlier != nullptr) {
    at::NoGradGuard no_grad;
    informed.previous = predict(*earlier);
  }
  const at::Tensor each = cross_entropy(predict(informed).to(at::kFloat), labels);
  return {at::dot(each, weights), each.detach()};
}

}  // namespace tess2::diffusion
