#include "tensor/runtime.h"

#include <gtest/gtest.h>
#include <omp.h>
#include <torch/cuda.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace tess2::tensor {
namespace {

using test_support::error_of;

TEST(Runtime, ThreadsAreAsManyAsAskedForOrAsThereAreProcessors) {
  const int before = threads();
  set_threads(2);
  EXPECT_EQ(threads(), 2);
  set_threads(0);
  EXPECT_EQ(threads(), omp_get_num_procs());
  set_threads(before);
  EXPECT_EQ(error_of([] { set_threads(-1); }), "threads: expected 0 or more, found -1");
}

TEST(Runtime, KnowsDevicesByName) {
  EXPECT_EQ(parse_device("cpu"), at::Device(at::kCPU));
  EXPECT_EQ(error_of([] { parse_device("gpu"); }),
            "device: expected cpu, cuda or cuda:N, found 'gpu'");
  for (const char* name : {"cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cudas", ""}) {
    EXPECT_THROW(parse_device(name), UsageError) << name;
  }
}

TEST(Runtime, AnAbsentCudaDeviceIsAClearError) {
  const auto count = torch::cuda::device_count();
  if (count == 0) {
    EXPECT_EQ(error_of([] { parse_device("cuda"); }),
              "device: expected cpu (this LibTorch finds no CUDA device), found 'cuda'");
    return;
  }
  EXPECT_EQ(parse_device("cuda"), at::Device(at::kCUDA, 0));
  EXPECT_THROW(parse_device("cuda:" + std::to_string(count)), UsageError);
}

TEST(Runtime, FloatDtypesHaveNames) {
  EXPECT_EQ(parse_float_dtype("bf16"), at::kBFloat16);
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    EXPECT_EQ(parse_float_dtype(float_dtype_name(dtype)), dtype);
  }
  EXPECT_THROW(float_dtype_name(at::kLong), Error);
  EXPECT_EQ(error_of([] { parse_float_dtype("int8"); }),
            "dtype: expected float32, bfloat16 or float16, found 'int8'");
}

TEST(Runtime, VersionsAreNumbersWithDots) {
  EXPECT_EQ(libtorch_version().find_first_not_of("0123456789.+abcdefghijklmnopqrstuvwxyz"),
            std::string::npos);
  EXPECT_NE(libtorch_version().find('.'), std::string::npos);
  EXPECT_NE(onednn_version().find('.'), std::string::npos);
}

}  // namespace
}  // namespace tess2::tensor
