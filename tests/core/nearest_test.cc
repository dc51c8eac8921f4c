#include "core/nearest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tess2 {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("steps", "steps"), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("stesp", "steps"), 1u);
  EXPECT_EQ(edit_distance("ab", "ba"), 1u);
}

TEST(EditDistance, ASwappedPairIsNotEditedAgain) {
  EXPECT_EQ(edit_distance("ca", "abc"), 3u);
}

TEST(EditDistance, IsSymmetric) {
  EXPECT_EQ(edit_distance("learning", "yearn"), edit_distance("yearn", "learning"));
}

TEST(Nearest, PicksTheSmallestDistanceAndTheFirstOfEquals) {
  const std::vector<std::string> known = {"steps", "stops", "seed", "batch"};
  EXPECT_EQ(nearest("stps", known), "steps");
  EXPECT_EQ(nearest("sede", known), "seed");
  EXPECT_EQ(nearest("batches", known), "batch");
}

TEST(Nearest, ComparesDottedKeysByTheirLastPartToo) {
  const std::vector<std::string> known = {"steps", "data.batch", "optimizer.learning_rate"};
  EXPECT_EQ(nearest("learning_rat", known), "optimizer.learning_rate");
  EXPECT_EQ(nearest("optimiser.learning_rate", known), "optimizer.learning_rate");
}

TEST(Nearest, AWholeMatchIsNearerThanAPart) {
  const std::vector<std::string> known = {"data.steps", "steps"};
  EXPECT_EQ(nearest("step", known), "steps");
}

TEST(Nearest, HintIsEmptyWithoutCandidates) {
  EXPECT_EQ(nearest("word", {}), "");
  EXPECT_EQ(nearest_hint("word", {}), "");
  EXPECT_EQ(nearest_hint("wrd", std::vector<std::string>{"word"}), " (did you mean word?)");
}

}  // namespace
}  // namespace tess2
