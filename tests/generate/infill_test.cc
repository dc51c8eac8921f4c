#include "generate/infill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "core/error.h"
#include "text/text_test_support.h"

namespace tess2::generate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using text::TokenId;

TEST(ParseTemplate, CutsTheTextAtItsHoles) {
  const Template parts = parse_template("a [[2]] b[[1-6]]");
  EXPECT_THAT(parts.texts, ElementsAre("a ", " b", ""));
  ASSERT_EQ(parts.holes.size(), 2u);
  EXPECT_EQ(parts.holes[0].least, 2);
  EXPECT_EQ(parts.holes[0].most, 2);
  EXPECT_EQ(parts.holes[1].least, 1);
  EXPECT_EQ(parts.holes[1].most, 6);
}

TEST(ParseTemplate, AnEscapedBracketIsText) {
  EXPECT_THAT(parse_template("\\[[8]] [[3]]").texts, ElementsAre("[[8]] ", ""));
}

TEST(ParseTemplate, RefusesHolesThatAreNotWrittenRight) {
  for (const char* text : {"a [[0]]", "a [[5-2]]", "a [[x]]", "a [[]]", "a [[3", "a [[-3]]",
                           "a [[3-]]", "a [[ 3]]", "a [[99999999999999999999]]", "a [[70000]]"}) {
    const std::string error = text::error_of<UsageError>([&] { parse_template(text); });
    EXPECT_THAT(error, HasSubstr("hole at byte 2: expected [[N]] or [[N-M]]")) << text;
  }
  EXPECT_EQ(text::error_of<UsageError>([] { parse_template("no hole"); }),
            "text: expected a hole such as [[8]], found none");
}

class InfillCanvasTest : public testing::Test {
 protected:
  InfillCanvas canvas(std::string_view text) const {
    return InfillCanvas(parse_template(text), {}, *tokenizer_, 0);
  }
  static std::vector<TokenId> given(const InfillCanvas& canvas) {
    std::vector<TokenId> ids;
    for (std::size_t i = 0; i < canvas.layout().ids.size(); ++i) {
      if (!canvas.layout().span_mask[i]) ids.push_back(canvas.layout().ids[i]);
    }
    return ids;
  }

  std::unique_ptr<text::Tokenizer> tokenizer_ = text::small_padded_tokenizer();
};

// Words around a hole are the tokens that the whole text would have.
TEST_F(InfillCanvasTest, GivenTextIsEncodedAsInTheWholeText) {
  const auto cat = tokenizer_->encode("cat").size();
  const InfillCanvas with_hole = canvas("the [[" + std::to_string(cat) + "]] sat on the mat");
  std::vector<TokenId> whole = tokenizer_->encode("the cat sat on the mat");
  whole.insert(whole.begin(), tokenizer_->bos());
  whole.push_back(tokenizer_->eos());
  const auto& layout = with_hole.layout();
  ASSERT_EQ(layout.ids.size(), whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (!layout.span_mask[i]) {
      EXPECT_EQ(layout.ids[i], whole[i]) << i;
    }
  }
  EXPECT_EQ(with_hole.fill(tokenizer_->encode("cat")).text, "the cat sat on the mat");
}

TEST_F(InfillCanvasTest, NoSpaceIsPutBehindAHole) {
  const InfillCanvas end = canvas("the [[1]].");
  std::vector<TokenId> expected = tokenizer_->encode("the.");
  expected.insert(expected.begin(), tokenizer_->bos());
  expected.push_back(tokenizer_->eos());
  EXPECT_EQ(tokenizer_->decode(given(end)), tokenizer_->decode(expected));
}

TEST_F(InfillCanvasTest, ATextThatEndsWithAHoleIsLeftOpen) {
  const InfillCanvas open = canvas("the [[3]]");
  EXPECT_EQ(given(open).back(), tokenizer_->encode("the").back());
}

TEST_F(InfillCanvasTest, OnlyWhatMayBeLeftUnusedMayEnd) {
  const InfillCanvas two_holes = canvas("the [[2-4]] [[1]]");
  const Layout& layout = two_holes.layout();
  std::vector<int> must_fill;
  for (std::size_t i = 0; i < layout.ids.size(); ++i) {
    if (layout.span_mask[i]) must_fill.push_back(layout.must_fill[i]);
  }
  EXPECT_THAT(must_fill, ElementsAre(1, 1, 0, 0, 1));
}

TEST_F(InfillCanvasTest, AContextIsADialogueThatAsksForTheText) {
  const std::array<text::Message, 1> context{text::Message{"user", "a story"}};
  const InfillCanvas answer(parse_template("the [[2]]"), context, *tokenizer_, 0);
  const std::vector<TokenId> prompt = text::encode_prompt(context, *tokenizer_);
  const std::vector<TokenId> begin(answer.layout().ids.begin(),
                                   answer.layout().ids.begin() + std::ssize(prompt));
  EXPECT_EQ(begin, prompt);
}

TEST_F(InfillCanvasTest, UnusedPlacesVanish) {
  const InfillCanvas hole = canvas("the [[1-30]] sat");
  std::vector<TokenId> tokens = tokenizer_->encode("small cat");
  const auto used = std::ssize(tokens);
  tokens.push_back(tokenizer_->eos());
  tokens.resize(30, *tokenizer_->pad());
  const FilledText filled = hole.fill(tokens);
  EXPECT_EQ(filled.text, "the small cat sat");
  ASSERT_EQ(filled.holes.size(), 1u);
  EXPECT_EQ(filled.holes[0].text, "small cat");
  EXPECT_EQ(filled.holes[0].begin, 4u);
  EXPECT_EQ(filled.holes[0].end, 13u);
  EXPECT_EQ(filled.holes[0].tokens, used);
}

TEST_F(InfillCanvasTest, ATextThatIsTooLongIsRefused) {
  EXPECT_THAT(text::error_of<UsageError>(
                  [&] { InfillCanvas(parse_template("the [[30]]"), {}, *tokenizer_, 16); }),
              HasSubstr("text: expected at most 16 tokens with its holes, found"));
}

TEST_F(InfillCanvasTest, RefusesAnotherNumberOfTokens) {
  EXPECT_THROW(canvas("the [[2]]").fill(std::vector<TokenId>{5}), Error);
}

// A random text, bytes that are no UTF-8 and odd spaces among them.
std::string random_text(std::mt19937& random) {
  constexpr std::array<std::string_view, 12> kParts{
      "the", " ", "  ", "\n", "\xc3\xa9", "\xff", "cat ", "<s>", ".", "]]", "[", "\t",
  };
  std::string text;
  for (unsigned n = random() % 6; n > 0; --n) text += kParts[random() % kParts.size()];
  return text;
}

TEST_F(InfillCanvasTest, ContextComesBackByteForByte) {
  std::mt19937 random(11);
  for (int round = 0; round < 10000; ++round) {
    Template parts{{random_text(random)}, {}};
    for (unsigned n = 1 + random() % 4; n > 0; --n) {
      const std::int64_t least = 1 + random() % 3;
      parts.holes.push_back({least, least + static_cast<std::int64_t>(random() % 3)});
      parts.texts.push_back(random_text(random));
    }
    const InfillCanvas infill(parts, {}, *tokenizer_, 0);
    std::vector<TokenId> tokens(infill.hole_of_slot().size());
    const auto vocabulary = static_cast<unsigned>(tokenizer_->vocab_size());
    for (TokenId& id : tokens) id = static_cast<TokenId>(random() % vocabulary);
    const FilledText filled = infill.fill(tokens);
    std::size_t at = 0;
    for (std::size_t i = 0; i < parts.holes.size(); ++i) {
      ASSERT_EQ(filled.text.substr(at, parts.texts[i].size()), parts.texts[i]);
      ASSERT_EQ(filled.holes[i].begin, at + parts.texts[i].size());
      at = filled.holes[i].end;
      ASSERT_EQ(filled.text.substr(filled.holes[i].begin, at - filled.holes[i].begin),
                filled.holes[i].text);
    }
    ASSERT_EQ(filled.text.substr(at), parts.texts.back());
  }
}

}  // namespace
}  // namespace tess2::generate
