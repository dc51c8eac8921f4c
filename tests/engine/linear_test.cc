#include "engine/linear.h"

#include <gtest/gtest.h>

#include "engine/engine_test_support.h"

namespace tess2::engine {
namespace {

/// More rows than a tile has, and neither they nor the outputs fill a block.
constexpr std::int64_t kRows = 300, kInputs = 100, kOutputs = 330;

class Linear : public ::testing::TestWithParam<WeightFormat> {
 protected:
  at::Tensor random(std::int64_t rows, std::int64_t columns, std::uint64_t seed) const {
    return test_support::random_numbers({rows, columns}, seed);
  }
  Operand operand() const { return make_operand(test::rows16_of(x_), GetParam()); }
  /// x W^T with the weights as they are packed, so that the activations' rounding alone is left.
  at::Tensor expected(const PackedMatrix& weight) const {
    return at::matmul(x_, unpack(weight).t());
  }
  double bound() const { return GetParam() == WeightFormat::kBf16 ? 0.005 : 0.015; }

  at::Tensor x_ = random(kRows, kInputs, 1);
};

TEST_P(Linear, IsTheProductWithTheTransposedWeights) {
  const PackedMatrix weight = pack(random(kOutputs, kInputs, 2), GetParam());
  const Rows16 y = linear(operand(), weight);
  EXPECT_EQ(y.rows, kRows);
  EXPECT_EQ(y.columns, kOutputs);
  EXPECT_LT(test::relative_error(test::tensor_of(y), expected(weight)), bound());
}

TEST_P(Linear, AddsToWhatIsThere) {
  const PackedMatrix weight = pack(random(kOutputs, kInputs, 2), GetParam());
  Rows32 sum = make_rows32(kRows, kOutputs);
  std::fill_n(sum.values.data(), sum.values.size(), 7.0f);
  add_linear(sum, operand(), weight);
  EXPECT_LT(test::relative_error(test::tensor_of(sum) - 7.0, expected(weight)), bound());
}

TEST_P(Linear, GatesWithSilu) {
  const PackedMatrix gate = pack(random(kOutputs, kInputs, 2), GetParam());
  const PackedMatrix up = pack(random(kOutputs, kInputs, 3), GetParam());
  const at::Tensor y = test::tensor_of(gated_linear(operand(), gate, up));
  EXPECT_LT(test::relative_error(y, at::silu(expected(gate)) * expected(up)), 2 * bound());
}

TEST_P(Linear, TheSinkSeesEveryPlaceOnce) {
  const PackedMatrix weight = pack(random(kOutputs, kInputs, 2), GetParam());
  at::Tensor seen = at::zeros({kRows, kOutputs});
  linear_into(
      [&](std::int64_t i, std::int64_t first, std::int64_t count, const float*) {
        for (std::int64_t c = first; c < first + count; ++c) {
          seen.data_ptr<float>()[i * kOutputs + c] += 1.0f;
        }
      },
      operand(), weight);
  EXPECT_TRUE(seen.eq(1.0f).all().item<bool>());
}

TEST_P(Linear, SelectedRowsAreTheSameRows) {
  const PackedMatrix weight = pack(random(kOutputs, kInputs, 2), GetParam());
  const std::vector<std::int64_t> chosen{0, 41, 299};
  const at::Tensor part = test::tensor_of(linear(select_rows(operand(), chosen), weight));
  const at::Tensor all = test::tensor_of(linear(operand(), weight));
  EXPECT_TRUE(part.equal(all.index_select(0, at::tensor(chosen))));
}

INSTANTIATE_TEST_SUITE_P(Formats, Linear,
                         ::testing::Values(WeightFormat::kBf16, WeightFormat::kQ8,
                                           WeightFormat::kQ4),
                         [](const auto& format) { return test::format_label(format.param); });

// Rows with a few entries a thousand times larger than the rest.
TEST(LinearTest, OutlierColumnsKeepTheirPrecision) {
  at::Tensor x = test_support::random_numbers({40, 256}, 4);
  x.narrow(0, 0, 1).select(1, 17).fill_(900.0);
  x.select(1, 200).mul_(400.0);
  const at::Tensor weight = test_support::random_numbers({96, 256}, 5);
  // What the outliers do not drown: the part of the other columns.
  at::Tensor small = x.clone();
  small.select(1, 17).zero_();
  small.select(1, 200).zero_();
  const PackedMatrix packed = pack(weight, WeightFormat::kQ8);
  const Operand operand = make_operand(test::rows16_of(x), WeightFormat::kQ8);
  EXPECT_EQ(operand.columns, (std::vector<std::int64_t>{17, 200}));
  const at::Tensor found = test::tensor_of(linear(operand, packed));
  const at::Tensor large = at::matmul(x - small, unpack(packed).t());
  const at::Tensor expected = at::matmul(small, weight.t());
  // Products of ten thousands in bfloat16 leave an error of tens; with the outliers in 8 bits a
  // step alone would be 3 to 7 in each of 256 inputs.
  const at::Tensor error = found - large - expected;
  EXPECT_LT(error.narrow(0, 1, 39).norm().item<double>(),
            0.004 * large.narrow(0, 1, 39).norm().item<double>());
}

}  // namespace
}  // namespace tess2::engine
