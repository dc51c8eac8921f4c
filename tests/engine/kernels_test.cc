// Every kernel against its formula, on each instruction set of this machine.
#include "engine/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/engine_test_support.h"
#include "support/vector_targets.h"
#include "tensor/bf16.h"

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
  tensor::to_bf16(x.data(), std::ssize(x), out.data());
  return out;
}

std::vector<float> floats(const std::vector<Bf16>& x) {
  std::vector<float> out(x.size());
  tensor::from_bf16(x.data(), std::ssize(x), out.data());
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

/// Two rows of what a product might leave, further apart than they are long.
class Product {
 public:
  explicit Product(std::uint64_t seed)
      : values_(2 * kStride), integers_(2 * kStride), outliers_(2 * kStride), sums_(kCount) {
    scales_ = numbers(seed, 0.01f);
    const std::vector<float> some = numbers(seed + 1), others = numbers(seed + 2);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      values_[i] = 3.0f * some[i % some.size()] + static_cast<float>(i / kStride);
      integers_[i] = static_cast<std::int32_t>(1000.0f * values_[i]);
      outliers_[i] = 40.0f * others[i % others.size()];
    }
    for (std::int32_t k = 0; k < kCount; ++k) sums_[static_cast<std::size_t>(k)] = k % 11 - 5;
  }

  ProductBlock floats() const {
    ProductBlock block = shape();
    block.values = values_.data();
    return block;
  }
  ProductBlock bytes() const {
    ProductBlock block = shape();
    block.integers = integers_.data();
    block.scales = scales_.data();
    block.sums = sums_.data();
    block.zero_point = 128;
    block.row_scales = kRowScales;
    return block;
  }
  ProductBlock bytes_and_outliers() const {
    ProductBlock block = bytes();
    block.outliers = outliers_.data();
    return block;
  }
  std::vector<ProductBlock> kinds() const { return {floats(), bytes(), bytes_and_outliers()}; }

  /// Entry k of row i, by the formula.
  static double expected(const ProductBlock& y, std::int64_t i, std::int64_t k) {
    const std::int64_t at = i * y.stride + k;
    if (y.values != nullptr) return y.values[at];
    const double whole = y.integers[at] - double(y.zero_point) * y.sums[k];
    const double apart = y.outliers == nullptr ? 0.0 : y.outliers[at];
    return y.scales[k] * (y.row_scales[i] * whole + apart);
  }

 private:
  static constexpr std::int64_t kStride = kCount + 5;
  static constexpr float kRowScales[2] = {0.5f, 0.25f};

  static ProductBlock shape() {
    ProductBlock block;
    block.rows = 2;
    block.columns = kCount;
    block.stride = kStride;
    return block;
  }

  std::vector<float> values_;
  std::vector<std::int32_t> integers_;
  std::vector<float> outliers_;
  std::vector<std::int32_t> sums_;
  std::vector<float> scales_;
};

constexpr std::int64_t kOutStride = kCount + 3;

/// Every entry of the two rows in `out` against expected(i, k); what lies between is `untouched`.
template <class Out, class Expected>
void expect_rows(const std::vector<Out>& out, Out untouched, const Expected& expected) {
  for (std::int64_t i = 0; i < 2; ++i) {
    for (std::int64_t k = 0; k < kOutStride; ++k) {
      const Out found = out[static_cast<std::size_t>(i * kOutStride + k)];
      if (k >= kCount) {
        EXPECT_EQ(found, untouched) << i << ", " << k;
        continue;
      }
      const double right = expected(i, k);
      double value = found;
      double bound = 1e-5;
      if constexpr (std::is_same_v<Out, Bf16>) {
        value = floats({found})[0];
        bound = 0.004;
      }
      EXPECT_NEAR(value, right, bound * std::abs(right) + 1e-5) << i << ", " << k;
    }
  }
}

TEST(EngineKernels, ProductsAreStored) {
  const Product product(4);
  for (const ProductBlock& y : product.kinds()) {
    for_each_target([&] {
      const auto expected = [&](auto i, auto k) { return Product::expected(y, i, k); };
      std::vector<float> wide(2 * kOutStride, 7.0f);
      store(y, wide.data(), kOutStride);
      expect_rows(wide, 7.0f, expected);
      std::vector<Bf16> narrow(2 * kOutStride, Bf16{9});
      store(y, narrow.data(), kOutStride);
      expect_rows(narrow, Bf16{9}, expected);
    });
  }
}

TEST(EngineKernels, ProductsAreAdded) {
  const Product product(4);
  for (const ProductBlock& y : product.kinds()) {
    for_each_target([&] {
      std::vector<float> sum(2 * kOutStride, 7.0f);
      add(y, sum.data(), kOutStride);
      expect_rows(sum, 7.0f, [&](auto i, auto k) { return 7.0 + Product::expected(y, i, k); });
    });
  }
}

TEST(EngineKernels, SwiGluOfProducts) {
  const Product gates(4), ups(8);
  for (std::size_t kind = 0; kind < 3; ++kind) {
    const ProductBlock gate = gates.kinds()[kind], up = ups.kinds()[kind];
    for_each_target([&] {
      std::vector<Bf16> found(2 * kOutStride, Bf16{9});
      swiglu(gate, up, found.data(), kOutStride);
      expect_rows(found, Bf16{9}, [&](auto i, auto k) {
        const double g = Product::expected(gate, i, k);
        return g / (1.0 + std::exp(-g)) * Product::expected(up, i, k);
      });
    });
  }
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

}  // namespace
}  // namespace tess2::engine::kernels
