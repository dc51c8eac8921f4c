#include "core/problems.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tess2 {
namespace {

using testing::ElementsAre;

TEST(Problems, NoneIsNoError) {
  Problems problems;
  EXPECT_TRUE(problems.attempt([] {}));
  EXPECT_TRUE(problems.empty());
  EXPECT_NO_THROW(problems.raise());
}

TEST(Problems, ASingleOneIsThrownAsItWas) {
  Problems file;
  EXPECT_FALSE(file.attempt([] { throw FileError("there", "is gone"); }));
  EXPECT_FALSE(file.empty());
  EXPECT_THROW(file.raise(), FileError);
  Problems usage;
  usage.add("steps: expected fewer");
  EXPECT_THROW(usage.raise(), UsageError);
}

/// What `problems` throws where it holds several.
SeveralErrors raised(const Problems& problems) {
  try {
    problems.raise();
  } catch (const SeveralErrors& several) {
    return several;
  }
  throw std::logic_error("expected several problems");
}

TEST(Problems, SeveralAreToldTogetherInTheirOrder) {
  Problems problems;
  problems.attempt([] { throw FileError("there", "is gone"); });
  EXPECT_THROW(problems.raise(), FileError);
  problems.attempt([] { throw Error("odd"); });
  EXPECT_THAT(raised(problems).lines(), ElementsAre("there: is gone", "odd"));
  EXPECT_FALSE(raised(problems).wrong_usage());
  problems.add("steps: expected fewer");
  EXPECT_TRUE(raised(problems).wrong_usage());
  EXPECT_STREQ(raised(problems).what(), "there: is gone; odd; steps: expected fewer");
}

TEST(Problems, SeveralInsideSeveralBecomeOneList) {
  Problems inner;
  inner.add("a");
  inner.add("b");
  Problems outer;
  outer.add("b");
  outer.attempt([&] { inner.raise(); });
  EXPECT_THAT(raised(outer).lines(), ElementsAre("b", "a"));
}

TEST(Problems, TheSameLineCountsOnce) {
  Problems problems;
  for (int i = 0; i < 3; ++i) problems.attempt([] { throw FileError("there", "is gone"); });
  EXPECT_THROW(problems.raise(), FileError);
}

TEST(Problems, WhatIsNoErrorOfOursPassesThrough) {
  Problems problems;
  EXPECT_THROW(problems.attempt([] { throw std::bad_alloc(); }), std::bad_alloc);
}

}  // namespace
}  // namespace tess2
