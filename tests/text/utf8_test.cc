#include "text/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace tess2::text {
namespace {

TEST(Utf8Length, MeasuresCharactersOfOneToFourBytes) {
  EXPECT_EQ(utf8_length("a"), 1u);
  EXPECT_EQ(utf8_length(std::string_view("\0x", 2)), 1u);
  EXPECT_EQ(utf8_length("\xc3\xa9t"), 2u);
  EXPECT_EQ(utf8_length("\xe6\xbc\xa2"), 3u);
  EXPECT_EQ(utf8_length("\xf0\x9f\x98\x80"), 4u);
  EXPECT_EQ(utf8_length("\xf4\x8f\xbf\xbf"), 4u);  // U+10FFFF
}

TEST(Utf8Length, RefusesWhatIsNoCharacter) {
  EXPECT_EQ(utf8_length(""), 0u);
  EXPECT_EQ(utf8_length("\x80"), 0u);  // stray continuation
  EXPECT_EQ(utf8_length("\xc3"), 0u);  // cut off
  EXPECT_EQ(utf8_length("\xe6\xbc"
                        "a"),
            0u);                                   // continuation missing
  EXPECT_EQ(utf8_length("\xc0\x80"), 0u);          // overlong
  EXPECT_EQ(utf8_length("\xe0\x9f\xbf"), 0u);      // overlong
  EXPECT_EQ(utf8_length("\xf0\x8f\xbf\xbf"), 0u);  // overlong
  EXPECT_EQ(utf8_length("\xed\xa0\x80"), 0u);      // surrogate
  EXPECT_EQ(utf8_length("\xf4\x90\x80\x80"), 0u);  // past U+10FFFF
  EXPECT_EQ(utf8_length("\xff"), 0u);
}

TEST(IsUtf8, LooksAtTheWholeText) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("na\xc3\xafve \xe6\xbc\xa2"));
  EXPECT_FALSE(is_utf8("na\xc3\xafve \xe6\xbc"));
}

TEST(Strip, TakesAwayNarrowAndWideSpaceAtBothEndsOnly) {
  EXPECT_EQ(strip(" \t\r\n a b \v\f\x1c\x1f"), "a b");
  EXPECT_EQ(strip("\xc2\xa0\xe3\x80\x80\xe2\x80\x8a"
                  "a\xe2\x80\xa9"),
            "a");
  EXPECT_EQ(strip("\xe2\x80\x8b"
                  "a"),
            "\xe2\x80\x8b"
            "a");  // U+200B is no white space
  EXPECT_EQ(strip(" \n"), "");
  EXPECT_EQ(strip(""), "");
}

TEST(InQuotes, KeepsMessagesOnOneLine) {
  EXPECT_EQ(in_quotes("caf\xc3\xa9"), "\"caf\xc3\xa9\"");
  EXPECT_EQ(in_quotes("a\nb\t\"\\\xff"), "\"a\\nb\\x09\\\"\\\\\\xff\"");
  EXPECT_EQ(in_quotes(std::string(200, 'x'), 10), "\"xxxxxxxxxx...\"");
}

}  // namespace
}  // namespace tess2::text
