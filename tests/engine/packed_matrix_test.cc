#include "engine/packed_matrix.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/engine_test_support.h"

namespace tess2::engine {
namespace {

at::Tensor random_matrix(std::int64_t outputs, std::int64_t inputs) {
  return 0.05 * test_support::random_numbers({outputs, inputs}, 7);
}

// Rounding to nothing worse than half a step leaves these shares of normal numbers.
TEST(PackedMatrix, UnpacksToTheWeightsItWasMadeFrom) {
  const at::Tensor weight = random_matrix(70, 130);
  const auto error = [&](WeightFormat format) {
    return test::relative_error(unpack(pack(weight, format)), weight);
  };
  EXPECT_LT(error(WeightFormat::kBf16), 0.003);
  EXPECT_LT(error(WeightFormat::kQ8), 0.01);
  EXPECT_LT(error(WeightFormat::kQ4), 0.09);
  EXPECT_GT(error(WeightFormat::kQ4), error(WeightFormat::kQ8));
}

TEST(PackedMatrix, EightBitsKeepEveryWeightWithinHalfAStep) {
  const at::Tensor weight = random_matrix(65, 64);
  const PackedMatrix packed = pack(weight, WeightFormat::kQ8);
  const at::Tensor step = packed.scales.narrow(0, 0, 65).unsqueeze(1);
  EXPECT_TRUE(((unpack(packed) - weight).abs() <= 0.5001 * step).all().item<bool>());
}

TEST(PackedMatrix, LiesInMemoryAsItsHeaderSays) {
  const at::Tensor weight = random_matrix(70, 130);
  const PackedMatrix packed = pack(weight, WeightFormat::kQ8);
  ASSERT_EQ(packed.values.sizes(), (std::vector<std::int64_t>{2, 48, 64, 4}));
  const at::Tensor scaled = (weight / packed.scales.narrow(0, 0, 70).unsqueeze(1)).round();
  for (const auto& [channel, input] : {std::pair(0, 0), std::pair(69, 129), std::pair(65, 6)}) {
    const auto value =
        packed.values[channel / 64][input / 4][channel % 64][input % 4].item<std::int8_t>();
    EXPECT_EQ(value, scaled[channel][input].item<float>()) << channel << ", " << input;
  }
  EXPECT_EQ(packed.values[1][0][6][0].item<std::int8_t>(), 0) << "channel 70 is padding";
  EXPECT_EQ(packed.values[0][33][0][0].item<std::int8_t>(), 0) << "input 132 is padding";
}

TEST(PackedMatrix, SumsAreThoseOfTheEightBitValues) {
  for (const WeightFormat format : {WeightFormat::kQ8, WeightFormat::kQ4}) {
    const PackedMatrix packed = pack(random_matrix(66, 100), format);
    const at::Tensor values = unpack(packed) / packed.scales.narrow(0, 0, 66).unsqueeze(1);
    EXPECT_TRUE(values.round().sum(1).to(at::kInt).equal(packed.sums.narrow(0, 0, 66)));
    EXPECT_LE(values.abs().max().item<float>(), 127.01f);
  }
}

TEST(PackedMatrix, ZerosAndTransposesPack) {
  const at::Tensor zeros = at::zeros({3, 40});
  const at::Tensor weight = random_matrix(40, 70);
  for (const WeightFormat format : {WeightFormat::kBf16, WeightFormat::kQ8, WeightFormat::kQ4}) {
    EXPECT_TRUE(unpack(pack(zeros, format)).equal(zeros));
    EXPECT_TRUE(
        unpack(pack(weight.t(), format)).equal(unpack(pack(weight.t().contiguous(), format))));
  }
}

}  // namespace
}  // namespace tess2::engine
