// AdamW with decoupled weight decay, and clipping by the global norm.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tensor/safetensors.h"
#include "train/sharing.h"

namespace tess2 {
class SettingsBinder;
}

namespace tess2::train {

struct OptimizerSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
  /// Gradients whose global norm is larger are scaled down to it; 0: never.
  double clip_norm = 1.0;

  void bind(SettingsBinder& binder);
};

/// m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;
/// w <- w - lr (m / (1 - b1^n) / (sqrt(v / (1 - b2^n)) + eps) + decay w)
///
/// Of several ranks each holds the moments of the parameters that it keeps, and updates those; then
/// all have the new weights. All ranks call each function together.
class AdamW {
 public:
  /// `parameters`: float32 leaves on CPU whose `.grad()` the step reads; changed in place.
  /// Their names, which must differ, are those of the moments in a file.
  AdamW(const std::vector<tensor::NamedTensor>& parameters, const OptimizerSettings& settings,
        Sharing sharing = {});

  /// One update with clipped gradients, which are then cleared. Parameters without a gradient stay.
  /// Gradients are those that GradientExchange leaves. Returns the global norm before clipping.
  double step(double learning_rate);

  std::int64_t steps_taken() const { return steps_; }
  /// Bytes of moments that this rank holds.
  std::int64_t moment_bytes() const;

  /// Writes m and v of every parameter as `mean.NAME` and `variance.NAME`, in safetensors form: the
  /// first rank does, which gets those of the others one at a time. Throws FileError.
  void save(const std::filesystem::path& file) const;
  /// Goes on from what `save` wrote after `steps` updates on any number of ranks; the first one
  /// reads the file. Throws FileError, and FormatError where the moments are not those of these
  /// parameters.
  void load(const std::filesystem::path& file, std::int64_t steps);

 private:
  struct Slot {
    std::string name;
    at::Tensor parameter;
    at::Tensor mean;      ///< undefined on ranks that do not keep it, as is
    at::Tensor variance;  ///< this
  };

  double gradient_norm() const;
  void update(Slot& slot, double learning_rate, double gradient_scale);

  std::vector<Slot> slots_;
  OptimizerSettings settings_;
  Sharing sharing_;
  std::int64_t steps_ = 0;
};

}  // namespace tess2::train
