// LibTorch as a whole: threads, devices, versions.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <string_view>

namespace tess2::tensor {

/// How many threads products and parallel loops use; 0: as many as there are cores. Throws
/// UsageError for a negative number.
void set_threads(int threads);
int threads();

/// `cpu`, `cuda` or `cuda:N`. Throws UsageError for another name, and where there is no such
/// device.
at::Device parse_device(std::string_view name);

/// `float32`, `bfloat16` or `float16` (also `bf16`, `f16`, ...). Throws UsageError for another
/// name.
at::ScalarType parse_float_dtype(std::string_view name);
/// The reverse: `float32`, ... as in config.json. Throws Error for a dtype without such a name.
std::string float_dtype_name(at::ScalarType dtype);

/// `1.13.0`
std::string libtorch_version();
/// `2.6.3`
std::string onednn_version();

}  // namespace tess2::tensor
