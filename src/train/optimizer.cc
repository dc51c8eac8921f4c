#include "train/optimizer.h"

#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/settings.h"
#include "tensor/parallel.h"
#include "train/adamw_kernel.h"

namespace tess2::train {
namespace {

constexpr std::int64_t kElements = 1 << 16;

const std::string kMean = "mean.";
const std::string kVariance = "variance.";

void read_moment(const tensor::SafetensorsFile& file, const std::string& name, at::Tensor& into) {
  const tensor::TensorEntry& entry = file.entry(name);
  if (entry.shape != into.sizes().vec() || entry.dtype != at::kFloat) {
    throw FormatError(file.path(), name, "F32 " + tensor::shape_text(into.sizes()),
                      tensor::dtype_name(entry.dtype) + " " + tensor::shape_text(entry.shape));
  }
  into.copy_(file.tensor(name));
}

}  // namespace

void OptimizerSettings::bind(SettingsBinder& binder) {
  binder.field("beta1", beta1, "decay of the mean of gradients").at_least(0).below(1);
  binder.field("beta2", beta2, "decay of the mean of squared gradients").at_least(0).below(1);
  binder.field("epsilon", epsilon, "added to the root of the squared gradients").above(0);
  binder.field("weight_decay", weight_decay, "decoupled decay of the weights").at_least(0);
  binder.field("clip_norm", clip_norm, "largest global norm of the gradients (0: no clipping)")
      .at_least(0);
}

AdamW::AdamW(const std::vector<tensor::NamedTensor>& parameters, const OptimizerSettings& settings,
             Sharing sharing)
    : settings_(settings), sharing_(std::move(sharing)) {
  for (const auto& [name, parameter] : parameters) {
    slots_.push_back({name, parameter, {}, {}});
    if (!sharing_.keeps(slots_.size() - 1)) continue;
    slots_.back().mean = at::zeros(parameter.sizes(), at::kFloat);
    slots_.back().variance = at::zeros(parameter.sizes(), at::kFloat);
  }
}

std::int64_t AdamW::moment_bytes() const {
  std::int64_t bytes = 0;
  for (const Slot& slot : slots_) {
    if (slot.mean.defined()) bytes += static_cast<std::int64_t>(2 * slot.mean.nbytes());
  }
  return bytes;
}

void AdamW::save(const std::filesystem::path& file) const {
  std::vector<tensor::TensorEntry> entries;
  for (const Slot& slot : slots_) {
    for (const std::string& moment : {kMean, kVariance}) {
      entries.push_back({moment + slot.name, at::kFloat, slot.parameter.sizes().vec()});
    }
  }
  std::optional<tensor::SafetensorsWriter> writer;
  if (sharing_.ranks().is_first()) writer.emplace(file, std::move(entries));
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    for (const auto& [moment, kept] : {std::pair{kMean, slot.mean}, {kVariance, slot.variance}}) {
      if (!writer && !sharing_.keeps(i)) continue;
      at::Tensor tensor = kept.defined() ? kept : at::empty(slot.parameter.sizes(), at::kFloat);
      sharing_.collect(i, tensor);
      if (writer) writer->put(moment + slot.name, tensor);
    }
  }
  if (writer) writer->commit();
}

void AdamW::load(const std::filesystem::path& file, std::int64_t steps) {
  std::optional<tensor::SafetensorsFile> moments;
  if (sharing_.ranks().is_first()) moments.emplace(file);
  if (moments && moments->names().size() != 2 * slots_.size()) {
    throw FormatError(file, "", "the moments of " + std::to_string(slots_.size()) + " weights",
                      std::to_string(moments->names().size()) + " tensors");
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    for (const auto& [moment, kept] : {std::pair{kMean, slot.mean}, {kVariance, slot.variance}}) {
      if (!moments && !sharing_.keeps(i)) continue;
      at::Tensor tensor = kept.defined() ? kept : at::empty(slot.parameter.sizes(), at::kFloat);
      if (moments) read_moment(*moments, moment + slot.name, tensor);
      sharing_.hand_out(i, tensor);
    }
  }
  steps_ = steps;
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
  sharing_.share_parameters();
  return norm;
}

/// The squares are added in the order of the parameters, whoever has them, so that the norm does
/// not depend on the number of ranks.
double AdamW::gradient_norm() const {
  std::vector<double> squares(slots_.size());
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].parameter.grad().defined()) continue;
    const at::Tensor gradient = slots_[i].parameter.grad().contiguous();
    squares[i] = sum_of_squares(gradient.data_ptr<float>(), gradient.numel());
  }
  if (sharing_.is_shared()) squares = sharing_.ranks().sum(squares);
  return std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0));
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
