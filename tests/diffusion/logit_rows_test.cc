#include "diffusion/logit_rows.h"

#include <gtest/gtest.h>

#include <vector>

namespace tess2::diffusion {
namespace {

std::vector<float> floats_of(const LogitRow& row) {
  std::vector<float> values(row.size());
  row.copy_to(values);
  return values;
}

TEST(LogitRows, AreTheRowsInEitherType) {
  const at::Tensor logits = at::tensor({1.0f, 2.5f, -3.0f, 4.0f, 5.0f, 6.0f}).view({2, 3});
  for (const at::ScalarType type : {at::kFloat, at::kHalf}) {
    const LogitRows rows(logits.to(type));
    EXPECT_EQ(rows.count(), 2);
    EXPECT_EQ(rows.width(), 3);
    EXPECT_EQ(floats_of(rows[0]), (std::vector<float>{1.0f, 2.5f, -3.0f}));
    EXPECT_EQ(floats_of(rows[1]), (std::vector<float>{4.0f, 5.0f, 6.0f}));
    EXPECT_EQ(floats_of(rows[1].part(1, 2)), (std::vector<float>{5.0f, 6.0f}));
  }
}

TEST(LogitRows, OfAMatrixThatIsNotContiguous) {
  const LogitRows rows(at::tensor({1.0f, 2.0f, 3.0f, 4.0f}).view({2, 2}).t());
  EXPECT_EQ(floats_of(rows[0]), (std::vector<float>{1.0f, 3.0f}));
}

TEST(LogitRows, NoLogitsHaveNoRows) {
  const LogitRows rows{at::Tensor()};
  EXPECT_EQ(rows.count(), 0);
  EXPECT_TRUE(rows[7].empty());
}

TEST(LogitRows, RefuseOtherTypesAndRanks) {
  EXPECT_THROW(LogitRows(at::zeros({2, 2}, at::kDouble)), std::exception);
  EXPECT_THROW(LogitRows(at::zeros({2})), std::exception);
}

}  // namespace
}  // namespace tess2::diffusion
