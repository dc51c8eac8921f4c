#include "eval/likelihood/diversity.h"

#include <gtest/gtest.h>

#include <vector>

namespace tess2::eval {
namespace {

Diversity of(const std::vector<std::string>& texts) {
  return diversity_of(texts, 0);
}

TEST(Diversity, DistinctCountsOverAllTexts) {
  // Words: a b a | a c; pairs: ab ba | ac; triples: aba.
  const Diversity found = of({"a b a", " a\nc "});
  EXPECT_DOUBLE_EQ(found.distinct[0], 3.0 / 5.0);
  EXPECT_DOUBLE_EQ(found.distinct[1], 3.0 / 3.0);
  EXPECT_DOUBLE_EQ(found.distinct[2], 1.0);
  EXPECT_EQ(found.distinct[3], 0.0) << "no text has four words";
  EXPECT_DOUBLE_EQ(found.words.value, 2.5);
}

TEST(Diversity, TheSameTextTwiceHalvesWhatIsDistinct) {
  const Diversity found = of({"one two three four", "one two three four"});
  for (const double share : found.distinct) EXPECT_DOUBLE_EQ(share, 0.5);
  EXPECT_EQ(found.texts, 2);
  EXPECT_EQ(found.different_texts, 1);
  EXPECT_EQ(found.repetition.value, 0.0) << "each repeats the other, neither itself";
}

TEST(Diversity, RepetitionIsWithinAText) {
  // Sequences of four: abab baba abab, of which one stood there before; and one more text of one.
  const Diversity found = of({"a b a b a b", "a b c d"});
  EXPECT_DOUBLE_EQ(found.repetition.value, 1.0 / 4.0);
}

TEST(Diversity, WordsAreNotGlued) {
  EXPECT_DOUBLE_EQ(of({"ab c", "a bc"}).distinct[1], 1.0);
}

TEST(Diversity, NothingIsNothing) {
  EXPECT_EQ(of({}).distinct[0], 0.0);
  EXPECT_EQ(of({"", "  "}).repetition.value, 0.0);
  EXPECT_EQ(of({"", "  "}).words.value, 0.0);
}

}  // namespace
}  // namespace tess2::eval
