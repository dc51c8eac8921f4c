// Models and matrices for the packed engine's tests.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>

#include "engine/operand.h"
#include "engine/packed_lm.h"
#include "engine/packed_weights.h"
#include "model/model_test_support.h"
#include "support/random_tensors.h"
#include "tensor/bf16.h"

namespace tess2::engine::test {

/// Sizes that are no multiple of any block, heads included.
inline model::Config odd_config() {
  model::Config config = model::test::wide_config(model::ModelKind::kDiffusion);
  config.head_dim = 24;
  config.initializer_range = 0.12;
  return config;
}

inline PackedSimplexLM packed_model(const model::Config& config, const model::Weights& weights,
                                    WeightFormat format) {
  return {config, pack_weights(config, format, source_of(config, weights))};
}

/// `values` [rows, columns] float32 as bfloat16 rows.
inline Rows16 rows16_of(const at::Tensor& values) {
  Rows16 rows = make_rows16(values.size(0), values.size(1));
  const at::Tensor plain = values.contiguous();
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    tensor::to_bf16(plain.data_ptr<float>() + i * rows.columns, rows.columns, rows.row(i));
  }
  return rows;
}

/// [rows, columns] float32.
inline at::Tensor tensor_of(const Rows16& rows) {
  at::Tensor values = at::empty({rows.rows, rows.columns});
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    tensor::from_bf16(rows.row(i), rows.columns, values.data_ptr<float>() + i * rows.columns);
  }
  return values;
}

inline at::Tensor tensor_of(const Rows32& rows) {
  at::Tensor values = at::empty({rows.rows, rows.columns});
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    std::copy_n(rows.row(i), rows.columns, values.data_ptr<float>() + i * rows.columns);
  }
  return values;
}

/// ||a - b|| / ||b||
inline double relative_error(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.to(at::kDouble), y = b.to(at::kDouble);
  return (x - y).norm().item<double>() / y.norm().item<double>();
}

/// The test's name of a format.
inline std::string format_label(WeightFormat format) {
  return std::string(name_of(format));
}

}  // namespace tess2::engine::test
