#include "train/optimizer.h"

#include <cmath>

#include "core/settings.h"
#include "tensor/parallel.h"
#include "train/adamw_kernel.h"

namespace tess2::train {
namespace {

constexpr std::int64_t kElements = 1 << 16;

}  // namespace

void OptimizerSettings::bind(SettingsBinder& binder) {
  binder.field("beta1", beta1, "decay of the mean of gradients").at_least(0).below(1);
  binder.field("beta2", beta2, "decay of the mean of squared gradients").at_least(0).below(1);
  binder.field("epsilon", epsilon, "added to the root of the squared gradients").above(0);
  binder.field("weight_decay", weight_decay, "decoupled decay of the weights").at_least(0);
  binder.field("clip_norm", clip_norm, "largest global norm of the gradients (0: no clipping)")
      .at_least(0);
}

AdamW::AdamW(std::vector<at::Tensor> parameters, const OptimizerSettings& settings)
    : settings_(settings) {
  for (at::Tensor& parameter : parameters) {
    const at::Tensor zeros = at::zeros(parameter.sizes(), at::kFloat);
    slots_.push_back({std::move(parameter), zeros, zeros.clone()});
  }
}

double AdamW::step(double learning_rate) {
  at::NoGradGuard no_grad;
  ++steps_;
  const double norm = gradient_norm();
  const bool clip = settings_.clip_norm > 0.0 && norm > settings_.clip_norm;
  for (Slot& slot : slots_) {
    if (!slot.parameter.grad().defined()) continue;
    update(slot, learning_rate, clip ? settings_.clip_norm / norm : 1.0);
    slot.parameter.mutable_grad() = at::Tensor();
  }
  return norm;
}

double AdamW::gradient_norm() const {
  double total = 0.0;
  for (const Slot& slot : slots_) {
    if (!slot.parameter.grad().defined()) continue;
    const at::Tensor gradient = slot.parameter.grad().contiguous();
    total += sum_of_squares(gradient.data_ptr<float>(), gradient.numel());
  }
  return std::sqrt(total);
}

void AdamW::update(Slot& slot, double learning_rate, double gradient_scale) {
  const auto n = static_cast<double>(steps_);
  const AdamWCoefficients coefficients{
      static_cast<float>(settings_.beta1),
      static_cast<float>(settings_.beta2),
      static_cast<float>(settings_.epsilon),
      static_cast<float>(learning_rate / (1.0 - std::pow(settings_.beta1, n))),
      static_cast<float>(1.0 / (1.0 - std::pow(settings_.beta2, n))),
      static_cast<float>(1.0 - learning_rate * settings_.weight_decay),
      static_cast<float>(gradient_scale)};
  const at::Tensor gradient = slot.parameter.grad().contiguous();
  float* w = slot.parameter.data_ptr<float>();
  float* m = slot.mean.data_ptr<float>();
  float* v = slot.variance.data_ptr<float>();
  const float* g = gradient.data_ptr<float>();
  tensor::parallel_blocks(gradient.numel(), kElements, [&](std::int64_t begin, std::int64_t end) {
    adamw_update(w + begin, m + begin, v + begin, g + begin, end - begin, coefficients);
  });
}

}  // namespace tess2::train
