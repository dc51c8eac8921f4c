#include "core/settings_difference.h"

#include <gtest/gtest.h>

#include <array>

#include "support/temporary_folder.h"

namespace tess2 {
namespace {

constexpr std::array<std::string_view, 2> kFree = {"threads", "loop.save_every"};

std::string difference(const std::string& before, const std::string& now) {
  const auto found = first_difference(before, now, kFree);
  return found ? found->key + ": " + found->before + " -> " + found->now : "none";
}

TEST(FirstDifference, NamesTheFirstKeyInTheOrderOfTheSecond) {
  EXPECT_EQ(difference("a: 1\nb: 2\nc: 3\n", "c: 4\nb: 5\na: 1\n"), "c: 3 -> 4");
  EXPECT_EQ(
      difference("loop: {steps: 1, rate: {peak: 2}}\n", "loop: {steps: 1, rate: {peak: 3}}\n"),
      "loop.rate.peak: 2 -> 3");
  EXPECT_EQ(difference("data: [a, b]\n", "data: [a, c]\n"), "data: [a, b] -> [a, c]");
}

TEST(FirstDifference, IsNoneWhereAllIsTheSame) {
  EXPECT_EQ(difference("", ""), "none");
  EXPECT_EQ(difference("a: 1\nloop: {steps: 1}\n", "loop:\n  steps: 1\na: 1\n"), "none");
}

TEST(FirstDifference, PassesOverWhatMayDiffer) {
  EXPECT_EQ(
      difference("threads: 1\nloop: {save_every: 2}\n", "threads: 3\nloop: {save_every: 9}\n"),
      "none");
  EXPECT_EQ(difference("threads: 1\n", ""), "none");
}

TEST(FirstDifference, AKeyOnOneSideOnlyIsADifference) {
  EXPECT_EQ(difference("a: 1\n", "a: 1\nb: 2\n"), "b: none -> 2");
  EXPECT_EQ(difference("a: 1\nb: 2\n", "a: 1\n"), "b: 2 -> none");
}

TEST(FirstDifference, WhatIsNoYamlIsRefused) {
  EXPECT_EQ(test_support::error_of([] { first_difference("a: [", "", kFree); }).substr(0, 31),
            "recipe: expected YAML, found en");
}

}  // namespace
}  // namespace tess2
