#include "data/synth/phrase.h"

#include <gmock/gmock.h>

#include "core/error.h"

namespace tess2::data::synth {
namespace {

TEST(Phrase, FillsBlanksWithCapitalsAndArticles) {
  const Blanks blanks{
      {"he", "she"}, {"thing", "hat"}, {"fine thing", "old hat"}, {"at home", "in"}};
  EXPECT_EQ(fill("{He} had {a thing}, {he} said {at home}.", blanks),
            "She had a hat, she said in.");
  EXPECT_EQ(fill("{A fine thing} is {a fine thing}", blanks), "An old hat is an old hat");
  EXPECT_EQ(fill("no blanks", blanks), "no blanks");
}

TEST(Phrase, RefusesBlanksThatItCannotFill) {
  EXPECT_THROW(fill("{she}", {}), Error);
  EXPECT_THROW(fill("{}", {}), Error);
  EXPECT_THROW(fill("open {he", {{"he", "she"}}), Error);
}

TEST(Phrase, EnumeratesAndJoins) {
  const std::vector<std::string> words{"a", "b", "c"};
  EXPECT_EQ(enumerate(words), "a, b and c");
  EXPECT_EQ(enumerate(std::span(words).first(2)), "a and b");
  EXPECT_EQ(enumerate(std::span(words).first(1)), "a");
  EXPECT_EQ(join(words), "a b c");
  EXPECT_EQ(split_words("  a b\n c "), words);
}

}  // namespace
}  // namespace tess2::data::synth
