#include "eval/metrics/sentences.h"

#include <gmock/gmock.h>

namespace tess2::eval {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SplitSentences, EndsThemAtTheirMarks) {
  EXPECT_THAT(split_sentences(U"One came. Two left! Did three? four stayed"),
              ElementsAre(U"One came.", U"Two left!", U"Did three?", U"four stayed"));
  EXPECT_THAT(split_sentences(U"No mark\n\nat all"), ElementsAre(U"No mark\n\nat all"));
  EXPECT_THAT(split_sentences(U"Glued.Together"), ElementsAre(U"Glued.Together"));
  EXPECT_THAT(split_sentences(U" \n"), IsEmpty());
}

TEST(SplitSentences, KeepsAbbreviationsUnlessTheNextWordShowsAStart) {
  EXPECT_THAT(split_sentences(U"Mr. Smith met Dr. Lee. He left at 5 p.m. The end"),
              ElementsAre(U"Mr. Smith met Dr. Lee.", U"He left at 5 p.m.", U"The end"));
  EXPECT_THAT(split_sentences(U"Cats, e.g. Tom, purr"), ElementsAre(U"Cats, e.g.", U"Tom, purr"));
  EXPECT_THAT(split_sentences(U"A mid-Sept. storm"), ElementsAre(U"A mid-Sept. storm"));
}

TEST(SplitSentences, KeepsInitialsWithNamesAndEllipsesWithSmallWords) {
  EXPECT_THAT(split_sentences(U"By J. Brahms alone"), ElementsAre(U"By J. Brahms alone"));
  EXPECT_THAT(split_sentences(U"Plan B. The rest"), ElementsAre(U"Plan B.", U"The rest"));
  EXPECT_THAT(split_sentences(U"Well... maybe. Oh... But no"),
              ElementsAre(U"Well... maybe.", U"Oh...", U"But no"));
}

TEST(SplitSentences, CountsTheNumbersOfAList) {
  EXPECT_THAT(split_sentences(U"1. Buy milk.\n2. Who knows\n3. eat"),
              ElementsAre(U"1.", U"Buy milk.", U"2. Who knows\n3. eat"));
}

TEST(SplitSentences, GivesClosersToTheSentenceThatTheyClose) {
  EXPECT_THAT(split_sentences(U"(He said \"no.\") She left."),
              ElementsAre(U"(He said \"no.\")", U"She left."));
  EXPECT_THAT(split_sentences(U"What?!! Yes."), ElementsAre(U"What?!!", U"Yes."));
}

TEST(SplitTokens, PutsPunctuationAndCliticsOnTheirOwn) {
  EXPECT_THAT(split_tokens(U"They can't, \"OK\"?"),
              ElementsAre(U"They", U"ca", U"n't", U",", U"``", U"OK", U"''", U"?"));
  EXPECT_THAT(split_tokens(U"I'LL PAY $3.50 (NOW)."),
              ElementsAre(U"I", U"'LL", U"PAY", U"$", U"3.50", U"(", U"NOW", U")", U"."));
  EXPECT_THAT(split_tokens(U"WELL-KNOWN U.S. NAMES: A,B 1,000"),
              ElementsAre(U"WELL-KNOWN", U"U.S.", U"NAMES", U":", U"A", U",", U"B", U"1,000"));
}

TEST(SplitTokens, PartsContractions) {
  EXPECT_THAT(split_tokens(U"I CANNOT, gonna"),
              ElementsAre(U"I", U"CAN", U"NOT", U",", U"gon", U"na"));
  EXPECT_THAT(split_tokens(U"so 'TIS wanna go"),
              ElementsAre(U"so", U"'T", U"IS", U"wan", U"na", U"go"));
}

TEST(CountWords, CountsRunsOfWordCharacters) {
  EXPECT_EQ(count_words(U"It's a well-known fact_1."), 6u);
  EXPECT_EQ(count_words(U"..."), 0u);
  EXPECT_EQ(count_words(U"\u0939\u0948"), 1u);
}

}  // namespace
}  // namespace tess2::eval
