// Every kernel against its formula, on each instruction set of this machine.
#include "engine/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/engine_test_support.h"
#include "support/vector_targets.h"

namespace tess2::engine::kernels {
namespace {

using tess2::testing::for_each_target;

// Longer than two of the widest vectors, and no multiple of any.
constexpr std::int64_t kCount = 75;

std::vector<float> numbers(std::uint64_t seed, float scale = 1.0f) {
  const at::Tensor values = scale * test_support::random_numbers({kCount}, seed);
  return {values.data_ptr<float>(), values.data_ptr<float>() + kCount};
}

std::vector<Bf16> halves(const std::vector<float>& x) {
  std::vector<Bf16> out(x.size());
  to_bf16(x.data(), std::ssize(x), out.data());
  return out;
}

std::vector<float> floats(const std::vector<Bf16>& x) {
  std::vector<float> out(x.size());
  from_bf16(x.data(), std::ssize(x), out.data());
  return out;
}

// bfloat16 has eight bits.
void expect_near(const std::vector<Bf16>& found, const std::vector<double>& expected) {
  const std::vector<float> values = floats(found);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(values[i], expected[i], 0.004 * std::abs(expected[i]) + 1e-6) << i;
  }
}

TEST(EngineKernels, Bf16RoundsAsLibTorchDoes) {
  std::vector<float> x = numbers(1);
  x[3] = 1.00390625f;  // half-way: to the even one below
  x[4] = 1.01171875f;  // half-way: to the even one above
  for_each_target([&] {
    const std::vector<float> found = floats(halves(x));
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(found[i], static_cast<float>(at::BFloat16(x[i]))) << i;
    }
  });
}

TEST(EngineKernels, RmsNorm) {
  const std::vector<float> x = numbers(1), w = numbers(2);
  double squares = 0.0;
  for (const float v : x) squares += double(v) * v;
  std::vector<double> expected;
  for (std::size_t i = 0; i < x.size(); ++i) {
    expected.push_back(x[i] / std::sqrt(squares / kCount + 1e-5) * w[i]);
  }
  for_each_target([&] {
    std::vector<Bf16> found(kCount);
    rms_norm(x.data(), w.data(), kCount, 1e-5f, found.data());
    expect_near(found, expected);
  });
}

TEST(EngineKernels, SwiGlu) {
  const std::vector<float> gate = numbers(1, 4.0f), up = numbers(2);
  std::vector<double> expected;
  for (std::size_t i = 0; i < gate.size(); ++i) {
    expected.push_back(gate[i] / (1.0 + std::exp(-double(gate[i]))) * up[i]);
  }
  for_each_target([&] {
    std::vector<Bf16> found(kCount);
    swiglu(gate.data(), up.data(), kCount, found.data());
    expect_near(found, expected);
  });
}

TEST(EngineKernels, RotateTurnsPairs) {
  constexpr std::int64_t kHalf = 37;
  const std::vector<float> angles = numbers(3);
  std::vector<float> cos, sin;
  for (std::int64_t j = 0; j < kHalf; ++j) {
    cos.push_back(std::cos(angles[static_cast<std::size_t>(j)]));
    sin.push_back(std::sin(angles[static_cast<std::size_t>(j)]));
  }
  const std::vector<Bf16> x = halves(numbers(1));
  const std::vector<float> values = floats(x);
  for_each_target([&] {
    std::vector<Bf16> found = x;
    rotate(cos.data(), sin.data(), kHalf, found.data());
    const std::vector<float> turned = floats(found);
    for (std::size_t j = 0; j < kHalf; ++j) {
      const double a = values[j], b = values[j + kHalf];
      EXPECT_NEAR(turned[j], a * cos[j] - b * sin[j], 0.01 * std::hypot(a, b)) << j;
      EXPECT_NEAR(turned[j + kHalf], b * cos[j] + a * sin[j], 0.01 * std::hypot(a, b)) << j;
    }
    EXPECT_EQ(turned[2 * kHalf], values[2 * kHalf]) << "beyond the head";
  });
}

TEST(EngineKernels, SoftmaxNumeratorsSumToWhatIsReturned) {
  const std::vector<float> scores = numbers(1, 20.0f);
  const float peak = *std::ranges::max_element(scores);
  std::vector<double> expected;
  for (const float s : scores) expected.push_back(std::exp(0.3 * (double(s) - peak)));
  for_each_target([&] {
    std::vector<Bf16> found(kCount);
    const float sum = softmax_numerators(scores.data(), kCount, 0.3f, found.data());
    expect_near(found, expected);
    double total = 0.0;
    for (const float p : floats(found)) total += p;
    EXPECT_NEAR(sum, total, 1e-5 * total);
  });
}

double error_of(const std::vector<float>& w, double scale) {
  double total = 0.0;
  for (std::size_t k = 0; k < 32; ++k) {
    const double steps = std::clamp(std::nearbyint(w[k] / scale), -8.0, 7.0);
    total += std::pow(w[k] - scale * steps, 2);
  }
  return total;
}

TEST(EngineKernels, AGroupsScaleIsBetterThanThatOfItsLargest) {
  std::vector<float> w = numbers(5);
  w[7] = 3.1f;  // the largest, on the side that reaches less far
  for_each_target([&] {
    const double found = group_scale(w.data());
    EXPECT_LT(found, 0.0) << "the largest is to be near -8 steps";
    EXPECT_NEAR(w[7] / found, -8.0, 1.01);
    EXPECT_LE(error_of(w, found), error_of(w, 3.1 / -8.0) * 1.0001);
    EXPECT_EQ(group_scale(std::vector<float>(32, 0.0f).data()), 0.0f);
  });
}

TEST(EngineKernels, SpreadAndQuantise) {
  const std::vector<Bf16> x = halves(numbers(1));
  const std::vector<float> values = floats(x);
  float largest = 0.0f;
  double total = 0.0;
  for (const float v : values) {
    largest = std::max(largest, std::abs(v));
    total += std::abs(v);
  }
  for_each_target([&] {
    const Spread found = spread(x.data(), kCount);
    EXPECT_EQ(found.largest, largest);
    EXPECT_NEAR(found.mean_magnitude, total / kCount, 1e-5);
    std::vector<std::uint8_t> bytes(kCount);
    quantise(x.data(), kCount, 127.0f / largest, bytes.data());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const double back = (bytes[i] - 128.0) * largest / 127.0;
      EXPECT_NEAR(back, values[i], 0.501 * largest / 127.0) << i;
    }
  });
}

// Entries of a third of a step vanish one by one and stay in sum.
TEST(EngineKernels, SpreadingKeepsTheMassOfSmallEntries) {
  const std::vector<float> p(320, 1.0f / 3.0f);  // whole vectors
  for_each_target([&] {
    std::vector<std::uint8_t> bytes(p.size());
    quantise_spreading(p.data(), std::ssize(p), 1.0f, bytes.data());
    int total = 0;
    for (const std::uint8_t b : bytes) total += b;
    EXPECT_NEAR(total, 107, 9) << "half a step a lane";
    EXPECT_LE(*std::ranges::max_element(bytes), 1);
  });
}

TEST(EngineKernels, DequantiseTakesTheZeroPointOut) {
  std::vector<std::int32_t> c, sums;
  const std::vector<float> scales = numbers(1);
  for (std::int32_t i = 0; i < kCount; ++i) {
    c.push_back(1000 * i - 7);
    sums.push_back(11 * i - 300);
  }
  for_each_target([&] {
    std::vector<float> found(kCount);
    dequantise(c.data(), scales.data(), sums.data(), 128, 0.5f, kCount, found.data());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double expected = 0.5 * scales[i] * (c[i] - 128.0 * sums[i]);
      EXPECT_NEAR(found[i], expected, 1e-6 * std::abs(expected) + 1e-6) << i;
    }
  });
}

TEST(EngineKernels, GroupsUnpackToRoundedProducts) {
  std::vector<std::uint8_t> codes(4 * 64 * 4);
  std::vector<std::int16_t> ratios(64);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint8_t>(i * 37);
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    ratios[i] = static_cast<std::int16_t>(1000 * static_cast<int>(i) - 31000);
  }
  for_each_target([&] {
    std::vector<std::int8_t> found(8 * 64 * 4);
    unpack_groups(codes.data(), ratios.data(), 1, found.data());
    for (int r = 0; r < 8; ++r) {
      for (int i = 0; i < 256; ++i) {
        const int code = codes[static_cast<std::size_t>(r / 2 * 256 + i)];
        const int value = (r % 2 == 0 ? code & 15 : code >> 4) - 8;
        const int ratio = ratios[static_cast<std::size_t>(i / 4)];
        EXPECT_EQ(found[static_cast<std::size_t>(r * 256 + i)], (value * ratio + 1024) >> 11);
      }
    }
  });
}

TEST(EngineKernels, ProductsAgreeOnEveryTarget) {
  const at::Tensor a = test_support::random_ids({9, 64}, 256, 1).to(at::kByte);
  const at::Tensor b = (test_support::random_ids({16, 64, 4}, 255, 2) - 127).to(at::kChar);
  const at::Tensor weights = b.to(at::kInt).permute({1, 0, 2}).reshape({64, 64});
  const at::Tensor expected =
      at::matmul(a.to(at::kDouble), weights.to(at::kDouble).t()).to(at::kInt);
  for_each_target([&] {
    at::Tensor found = at::empty({9, 64}, at::kInt);
    multiply(a.data_ptr<std::uint8_t>(), 64, b.data_ptr<std::int8_t>(), 9, 64, 64,
             found.data_ptr<std::int32_t>(), 64);
    EXPECT_TRUE(found.equal(expected));
  });
}

}  // namespace
}  // namespace tess2::engine::kernels
