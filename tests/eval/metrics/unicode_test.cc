#include "eval/metrics/unicode.h"

#include <gmock/gmock.h>

namespace tess2::eval {
namespace {

using ::testing::ElementsAre;

TEST(Decode, GivesCharactersOfOneToFourBytesAndBack) {
  const std::string utf8 = "a\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80";
  EXPECT_EQ(decode(utf8), U"a\u00e9\u6f22\U0001f600");
  EXPECT_EQ(encode(decode(utf8)), utf8);
}

TEST(Decode, PutsTheReplacementCharacterForStrayBytes) {
  EXPECT_EQ(decode("a\xff\xc3"), U"a\ufffd\ufffd");
}

TEST(Characters, AreWordsWherePythonSaysSo) {
  for (const char32_t c : TextView(U"aZ_7\u00e9\u00b2\u6f22\u0939")) {
    EXPECT_TRUE(is_word(c)) << encode({&c, 1});
  }
  for (const char32_t c :
       TextView(U"- '\u093e\u2019\u0301")) {  // a vowel sign and an accent are none
    EXPECT_FALSE(is_word(c)) << encode({&c, 1});
  }
}

TEST(Characters, AreDigitsInAnyScript) {
  EXPECT_TRUE(is_digit(U'9'));
  EXPECT_TRUE(is_digit(U'\u096b'));  // Devanagari five
  EXPECT_FALSE(is_digit(U'\u00b2'));
  EXPECT_FALSE(is_digit(U'a'));
}

TEST(Characters, HaveCase) {
  EXPECT_TRUE(is_upper(U'\u0100'));
  EXPECT_FALSE(is_upper(U'\u0101'));
  EXPECT_TRUE(is_lower(U'\u0101'));
  EXPECT_TRUE(is_lower(U'\u00df'));
  EXPECT_FALSE(is_lower(U'\u6f22'));
  EXPECT_EQ(lower(U'\u0416'), U'\u0436');
  EXPECT_EQ(lower(U'\u01c5'), U'\u01c6');  // title case
}

TEST(Lower, KnowsTheTwoSpecialCases) {
  EXPECT_EQ(lower(TextView(U"\u0130X")), U"i\u0307x");
  EXPECT_EQ(lower(TextView(U"\u039f\u03a3 \u03a3")), U"\u03bf\u03c2 \u03c3");
}

TEST(AllUpper, LooksAtLettersOnlyAndWantsOne) {
  EXPECT_TRUE(all_upper(U"U.S. 42"));
  EXPECT_FALSE(all_upper(U"42!"));
  EXPECT_FALSE(all_upper(U"ABc"));
  EXPECT_FALSE(all_upper(U"A\u00df"));
  EXPECT_FALSE(all_upper(U"\u01c5"));
  EXPECT_TRUE(all_lower(U"a-b 1"));
  EXPECT_FALSE(all_lower(U""));
}

TEST(Split, TakesTextApart) {
  EXPECT_THAT(split_at_space(U" a\u00a0b\n\tc "), ElementsAre(U"a", U"b", U"c"));
  EXPECT_THAT(split_at(U"a**b***", U"**"), ElementsAre(U"a", U"b", U"*"));
  EXPECT_THAT(split_at(U"", U"\n"), ElementsAre(U""));
  EXPECT_EQ(strip(U"\u3000 a b\x1f"), U"a b");
  EXPECT_EQ(without(U"*a**", U'*'), U"a");
}

TEST(FindAnyCase, FindsWhateverTheCase) {
  EXPECT_EQ(find_any_case(U"xy \u00c9t\u00e9", U"\u00e9T\u00c9"), 3u);
  EXPECT_EQ(find_any_case(U"aA", U"a", 1), 1u);
  EXPECT_EQ(find_any_case(U"aA", U"b"), TextView::npos);
  EXPECT_EQ(find_any_case(U"aA", U"a", 3), TextView::npos);
}

TEST(IsWordEdge, SeesTheEdgesOfWords) {
  EXPECT_TRUE(is_word_edge(U"ab c", 0));
  EXPECT_FALSE(is_word_edge(U"ab c", 1));
  EXPECT_TRUE(is_word_edge(U"ab c", 2));
  EXPECT_TRUE(is_word_edge(U"ab c", 4));
  EXPECT_FALSE(is_word_edge(U"!", 1));
}

}  // namespace
}  // namespace tess2::eval
