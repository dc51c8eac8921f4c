#include "engine/attention.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "engine/engine_test_support.h"

namespace tess2::engine {
namespace {

constexpr HeadShape kShape{4, 2, 24};

struct Case {
  std::int64_t length;
  model::AttentionPattern pattern;
};

class PackedAttention : public ::testing::TestWithParam<Case> {};

// The float32 attention on the same rounded numbers.
at::Tensor expected_of(const Rows16& q, const Rows16& k, const Rows16& v,
                       const model::AttentionPattern& pattern) {
  const auto batch = [](const Rows16& rows) { return test::tensor_of(rows).unsqueeze(0); };
  return model::attention(batch(q), batch(k), batch(v), kShape.head_dim, pattern)[0];
}

TEST_P(PackedAttention, AgreesWithFloat32) {
  const auto [length, pattern] = GetParam();
  const auto rows = [length = length](std::int64_t heads, std::uint64_t seed) {
    return test::rows16_of(2.0 *
                           test_support::random_numbers({length, heads * kShape.head_dim}, seed));
  };
  const Rows16 q = rows(4, 1), k = rows(2, 2), v = rows(2, 3);
  std::vector<std::int64_t> positions(static_cast<std::size_t>(length));
  std::iota(positions.begin(), positions.end(), 0);
  const at::Tensor expected = expected_of(q, k, v, pattern);
  const at::Tensor found = test::tensor_of(attention(q, positions, k, v, kShape, pattern));
  EXPECT_LT(test::relative_error(found, expected), 0.005);

  // Some queries by themselves are the same queries.
  const std::vector<std::int64_t> chosen{0, length / 2, length - 1};
  Rows16 some = make_rows16(3, q.columns);
  for (std::int64_t i = 0; i < 3; ++i) {
    std::copy_n(q.row(chosen[static_cast<std::size_t>(i)]), q.columns, some.row(i));
  }
  const at::Tensor part = test::tensor_of(attention(some, chosen, k, v, kShape, pattern));
  EXPECT_TRUE(part.equal(found.index_select(0, at::tensor(chosen))));
}

INSTANTIATE_TEST_SUITE_P(Patterns, PackedAttention,
                         ::testing::Values(Case{1, {}}, Case{64, {}}, Case{150, {}},
                                           Case{150, {true, 0}}, Case{150, {false, 20}},
                                           Case{150, {true, 70}}));

}  // namespace
}  // namespace tess2::engine
