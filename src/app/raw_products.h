// Bare matrix products by oneDNN, which a step's products are measured against.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/weight_format.h"

namespace tess2::app {

/// One kind of product of a step: [rows, inputs] times [inputs, outputs], so many times.
struct ProductShape {
  std::int64_t rows;
  std::int64_t inputs;
  std::int64_t outputs;
  std::int64_t count;

  double flops() const;
};

/// Which weights a product of some shape reads, of the several that there are.
enum class RawWeights {
  kReused,  ///< all the same, which a large cache keeps
  kOwn,     ///< each its own, which come from memory, as a model's do
};

/// The products of some shapes, with weights packed once as oneDNN likes them best for each shape,
/// results written out whole, and oneDNN's own threads.
class RawProducts {
 public:
  /// bf16 products for bf16, 8-bit ones (unsigned by signed) for q8 and q4. Throws Error where
  /// oneDNN has none on this machine.
  RawProducts(const std::vector<ProductShape>& shapes, engine::WeightFormat format);
  ~RawProducts();
  RawProducts(const RawProducts&) = delete;
  RawProducts& operator=(const RawProducts&) = delete;

  /// Runs all of them; returns the seconds they took.
  double run(RawWeights which);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tess2::app
