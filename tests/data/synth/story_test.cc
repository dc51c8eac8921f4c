#include "data/synth/story.h"

#include <gmock/gmock.h>

#include <cctype>
#include <cmath>
#include <set>
#include <string>

#include "data/synth/phrase.h"
#include "data/synth/story_plots.h"

namespace tess2::data::synth {
namespace {

using ::testing::HasSubstr;

constexpr int kStories = 20000;

Story story(std::uint64_t number, const StoryStyle& style = {}) {
  Rng rng(3, Stream::kSynthetic, number);
  return tell_story(rng, style);
}

std::vector<std::string> words_of(std::string text) {
  for (char& c : text) {
    c = std::isalpha(static_cast<unsigned char>(c)) ? static_cast<char>(std::tolower(c)) : ' ';
  }
  return split_words(text);
}

/// What the last sentence of a story with this end may be.
std::set<std::string> last_sentences(const Story& told, bool happy) {
  std::set<std::string> sentences;
  for (const auto phrase : endings(happy)) sentences.insert(fill(phrase, {{"hero", told.hero}}));
  return sentences;
}

std::string last_sentence(const std::string& text) {
  return text.substr(
      text.rfind(". ") == std::string::npos ? 0 : text.find_last_of(".!?\"", text.size() - 2) + 2);
}

// Telling throws where an event is impossible, so this also shows that every plot is consistent.
TEST(Story, UsesFewWordsAndHardlyRepeatsItself) {
  std::set<std::string> vocabulary, texts;
  for (int i = 0; i < kStories; ++i) {
    const Story told = story(static_cast<std::uint64_t>(i));
    const auto words = words_of(told.text);
    EXPECT_GE(words.size(), 25u) << told.text;
    EXPECT_LE(words.size(), 100u) << told.text;
    EXPECT_EQ(told.text.find_first_of("{}\n"), std::string::npos) << told.text;
    vocabulary.insert(words.begin(), words.end());
    texts.insert(told.text);
  }
  EXPECT_LE(vocabulary.size(), 350u);
  EXPECT_GE(vocabulary.size(), 150u);
  EXPECT_GE(texts.size(), kStories * 99 / 100u);
}

TEST(Story, EndsAsItsStateSaysHalfEach) {
  int happy = 0;
  for (int i = 0; i < kStories; ++i) {
    const Story told = story(static_cast<std::uint64_t>(i));
    happy += told.happy ? 1 : 0;
    EXPECT_TRUE(last_sentences(told, told.happy).contains(last_sentence(told.text))) << told.text;
  }
  EXPECT_NEAR(happy, kStories / 2, 5 * std::sqrt(kStories / 4.0));
}

TEST(Story, MentionsItsPeopleThingsAndPlaces) {
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Story told = story(i, {.brief = true});
    EXPECT_THAT(told.text, HasSubstr(told.hero));
    EXPECT_THAT(told.text, HasSubstr(told.thing));
    EXPECT_THAT(told.text, HasSubstr(told.place));
  }
}

TEST(Story, PairsBeginAlikeAndEndAsAsked) {
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Story happy = story(i, {.outcome = StoryStyle::Outcome::kHappy});
    const Story sad = story(i, {.outcome = StoryStyle::Outcome::kSad});
    EXPECT_TRUE(happy.happy) << happy.text;
    EXPECT_FALSE(sad.happy) << sad.text;
    EXPECT_EQ(happy.hero, sad.hero);
    EXPECT_EQ(happy.thing, sad.thing);
    const std::string first = happy.text.substr(0, happy.text.find('.'));
    EXPECT_TRUE(sad.text.starts_with(first));
    const Story& by_chance = story(i);
    EXPECT_EQ(by_chance.text, by_chance.happy ? happy.text : sad.text);
  }
}

TEST(Story, BriefOnesAreShorter) {
  std::size_t full = 0, brief = 0;
  for (std::uint64_t i = 0; i < 500; ++i) {
    full += story(i).text.size();
    brief += story(i, {.brief = true}).text.size();
  }
  EXPECT_LT(brief, full);
}

}  // namespace
}  // namespace tess2::data::synth
