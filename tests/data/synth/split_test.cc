#include "data/synth/split.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

namespace tess2::data::synth {
namespace {

TEST(Split, NormalisesCaseSpacesAndEndMarks) {
  EXPECT_EQ(normalise("  What  is\n1 + 2 ?? "), "what is 1 + 2");
  EXPECT_EQ(normalise("..."), "");
  EXPECT_EQ(split_of("Copy: A b"), split_of("copy:  a B."));
}

// Published values of 64-bit FNV-1a would not show the mixing: these pin the whole function, which
// must never change, for it decides what was trained on.
TEST(Split, HashesTheSameOnEveryMachine) {
  const std::uint64_t fnv = 0xcbf29ce484222325u;
  const std::uint64_t mixed = (fnv ^ (fnv >> 33)) * 0xff51afd7ed558ccdu;
  EXPECT_EQ(stable_hash(""), mixed ^ (mixed >> 33));
  EXPECT_NE(stable_hash("ab"), stable_hash("ba"));
}

TEST(Split, HoldsOutATwentiethForEach) {
  std::map<Split, int> counts;
  for (int i = 0; i < 20000; ++i) ++counts[split_of("problem " + std::to_string(i))];
  EXPECT_NEAR(counts[Split::kTest], 1000, 5 * std::sqrt(1000.0));
  EXPECT_NEAR(counts[Split::kValidation], 1000, 5 * std::sqrt(1000.0));
}

TEST(Split, HasNames) {
  EXPECT_EQ(split_name(Split::kTrain), "train");
  EXPECT_EQ(split_name(Split::kValidation), "validation");
  EXPECT_EQ(split_name(Split::kTest), "test");
}

}  // namespace
}  // namespace tess2::data::synth
