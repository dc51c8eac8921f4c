#include "eval/infilling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "core/error.h"
#include "diffusion/fakes.h"
#include "generate/fakes.h"
#include "generate/model_session.h"
#include "text/text_test_support.h"

namespace tess2::eval {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class InfillingTest : public testing::Test {
 protected:
  std::optional<HoledText> hide(std::string_view text, std::int64_t holes, std::uint64_t seed = 0,
                                bool elastic = false) const {
    Rng rng(seed, Stream::kSynthetic);
    return hide_words(text, holes, elastic, *tokenizer_, rng);
  }

  std::unique_ptr<text::Tokenizer> tokenizer_ = text::small_padded_tokenizer();
};

TEST_F(InfillingTest, HidesWholeWordsAndKeepsTheRest) {
  const std::string text = "The cat, and the dog's caf\xc3\xa9.";
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto holed = hide(text, 3, seed);
    ASSERT_TRUE(holed);
    ASSERT_THAT(holed->words, SizeIs(3));
    std::string whole = holed->parts.texts[0];
    for (std::size_t i = 0; i < 3; ++i) whole += holed->words[i] + holed->parts.texts[i + 1];
    EXPECT_EQ(whole, text);
    for (const std::string& word : holed->words) {
      EXPECT_THAT(word, testing::AnyOf("The", "cat", "and", "the", "dog", "s", "caf\xc3\xa9"));
    }
  }
}

TEST_F(InfillingTest, EveryWordIsAsLikely) {
  std::map<std::string, int> counts;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) ++counts[hide("a cat sat", 1, seed)->words[0]];
  EXPECT_THAT(counts, SizeIs(3));
  for (const auto& [word, count] : counts) EXPECT_NEAR(count, 1000, 120) << word;
}

TEST_F(InfillingTest, AHoleHasThePlacesOfItsWord) {
  const auto holed = hide("cat", 1);
  const auto tokens = std::ssize(tokenizer_->encode("cat"));
  EXPECT_EQ(holed->parts.holes[0].least, tokens);
  EXPECT_EQ(holed->parts.holes[0].most, tokens);
  const auto elastic = hide("cat", 1, 0, true);
  EXPECT_EQ(elastic->parts.holes[0].least, 1);
  EXPECT_EQ(elastic->parts.holes[0].most, tokens + 4);
  EXPECT_FALSE(hide("one two", 3));
}

// Whatever the hole, the word's own tokens fit into it.
TEST_F(InfillingTest, TheWordsOwnTokensFillTheHole) {
  const std::string text = "the cat sat on the mat";
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto holed = hide(text, 1, seed);
    const generate::InfillCanvas canvas(holed->parts, {}, *tokenizer_, 0);
    const auto& before = holed->parts.texts[0];
    const auto tokens = before.empty() ? tokenizer_->encode(holed->words[0])
                                       : tokenizer_->encode_continuation(" " + holed->words[0]);
    ASSERT_EQ(tokens.size(), canvas.hole_of_slot().size());
    EXPECT_EQ(canvas.fill(tokens).text, text);
  }
}

TEST_F(InfillingTest, CountsWordsTextsAndAnswers) {
  // Sure of `cat` everywhere.
  const std::vector<text::TokenId> cat = tokenizer_->encode("cat");
  ASSERT_THAT(cat, SizeIs(1));
  generate::ScriptedDenoiser denoiser(0, std::vector<text::TokenId>(64, cat[0]));
  const generate::ModelSessionHost host(denoiser, *tokenizer_, nullptr);
  const std::vector<InfillText> texts{{"cat cat", {}, "", ""},
                                      {"cat", {{"user", "Say: cat"}}, "copy", "cat"},
                                      {"dog", {{"user", "Say: dog"}}, "copy", "dog"}};
  InfillingOptions options{.holes = 1, .batch = 2};
  options.session.sampler.steps = 2;
  std::vector<std::int64_t> done;
  options.on_batch = [&](std::int64_t count) { done.push_back(count); };
  const InfillingScore one = evaluate_infilling(texts, host, options);
  EXPECT_EQ(one.words.right, 2);
  EXPECT_EQ(one.words.total, 3);
  EXPECT_EQ(one.texts.right, 2);
  EXPECT_EQ(one.answers.right, 1);
  EXPECT_EQ(one.answers.total, 2);
  EXPECT_EQ(one.steps, 6);
  EXPECT_THAT(infilling_row(options, one), testing::EndsWith("   2.0\n"));
  EXPECT_THAT(done, ElementsAre(2, 3));
  options.holes = 2;
  const InfillingScore two = evaluate_infilling(texts, host, options);
  EXPECT_EQ(two.words.right, 2);
  EXPECT_EQ(two.words.total, 2) << "the others have one word";
}

TEST_F(InfillingTest, TheBatchChangesNothing) {
  const std::vector<InfillText> texts(5, InfillText{"the cat sat on the mat", {}, "", ""});
  diffusion::testing::EchoDenoiser denoiser(generate::kVocabulary);
  const generate::ModelSessionHost host(denoiser, *tokenizer_, nullptr);
  InfillingOptions options{.holes = 2, .elastic = true, .batch = 1};
  options.session.sampler.steps = 3;
  const auto alone = infilling_row(options, evaluate_infilling(texts, host, options));
  options.batch = 5;
  EXPECT_EQ(infilling_row(options, evaluate_infilling(texts, host, options)), alone);
}

TEST_F(InfillingTest, ReadsDocumentsAndInstructions) {
  const text::TemporaryFolder folder;
  const auto file = folder.path() / "t.jsonl";
  folder.write("t.jsonl",
               "{\"text\":\"a cat\"}\n"
               "{\"messages\":[{\"role\":\"user\",\"content\":\"Say: cat\"},"
               "{\"role\":\"assistant\",\"content\":\"cat\"}],"
               "\"task\":\"copy\",\"answer\":\"cat\"}\n");
  const auto texts = read_infill_texts(file, 0);
  ASSERT_THAT(texts, SizeIs(2));
  EXPECT_EQ(texts[0].text, "a cat");
  EXPECT_EQ(texts[1].text, "cat");
  ASSERT_THAT(texts[1].context, SizeIs(1));
  EXPECT_EQ(texts[1].context[0].content, "Say: cat");
  EXPECT_EQ(texts[1].task, "copy");
  EXPECT_THAT(read_infill_texts(file, 1), SizeIs(1));
  folder.write("t.jsonl", "{\"messages\":[{\"role\":\"user\",\"content\":\"Say\"}]}\n");
  EXPECT_THAT(text::error_of<FormatError>([&] { read_infill_texts(file, 0); }),
              HasSubstr("line 1: messages: expected an answer at the end, found none"));
}

}  // namespace
}  // namespace tess2::eval
