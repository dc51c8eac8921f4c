#include "tensor/runtime.h"

#include <omp.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <array>
#include <charconv>
#include <dnnl.hpp>
#include <utility>

#include "core/error.h"
#include "tensor/parallel.h"

namespace tess2::tensor {
namespace {

struct FloatName {
  std::string_view name;
  std::string_view short_name;
  at::ScalarType dtype;
};

constexpr std::array<FloatName, 3> kFloatNames = {{
    {"float32", "f32", at::kFloat},
    {"bfloat16", "bf16", at::kBFloat16},
    {"float16", "f16", at::kHalf},
}};

[[noreturn]] void refuse_device(std::string_view name, const std::string& expected) {
  throw UsageError("device: expected " + expected + ", found '" + std::string(name) + "'");
}

/// N of `cuda:N`, 0 of `cuda`.
int device_index(std::string_view name) {
  const std::string_view digits = name.substr(name.find(':') + 1);
  if (digits == name) return 0;
  int index = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (problem != std::errc{} || end != digits.data() + digits.size() || index < 0) {
    refuse_device(name, "cpu, cuda or cuda:N");
  }
  return index;
}

}  // namespace

void set_threads(int count) {
  if (count < 0) {
    throw UsageError("threads: expected 0 or more, found " + std::to_string(count));
  }
  set_parallelism(count > 0 ? count : omp_get_num_procs());
}

int threads() {
  return parallelism();
}

at::Device parse_device(std::string_view name) {
  if (name == "cpu") return at::kCPU;
  if (name != "cuda" && !name.starts_with("cuda:")) refuse_device(name, "cpu, cuda or cuda:N");
  const int index = device_index(name);
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (count == 0) refuse_device(name, "cpu (this LibTorch finds no CUDA device)");
  if (index >= count) refuse_device(name, "a CUDA device below " + std::to_string(count));
  return {at::kCUDA, static_cast<at::DeviceIndex>(index)};
}

at::ScalarType parse_float_dtype(std::string_view name) {
  for (const FloatName& known : kFloatNames) {
    if (name == known.name || name == known.short_name) return known.dtype;
  }
  throw UsageError("dtype: expected float32, bfloat16 or float16, found '" + std::string(name) +
                   "'");
}

std::string float_dtype_name(at::ScalarType dtype) {
  for (const FloatName& known : kFloatNames) {
    if (dtype == known.dtype) return std::string(known.name);
  }
  throw Error(std::string("dtype: expected float32, bfloat16 or float16, found ") +
              c10::toString(dtype));
}

std::string libtorch_version() {
  return TORCH_VERSION;
}

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch);
}

}  // namespace tess2::tensor
