#include "eval/likelihood/perplexity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "eval/tiny_config.h"
#include "text/text_test_support.h"

namespace tess2::eval {
namespace {

TEST(Perplexity, IsByTokenByWordAndByByte) {
  // 10 nats on 5 tokens, 2 words, 10 bytes.
  const std::vector<TextCost> costs{{4.0, 2, 1, 6}, {6.0, 3, 1, 4}};
  const Perplexity found = perplexity_of(costs, 0);
  EXPECT_DOUBLE_EQ(found.nats_per_token.value, 2.0);
  EXPECT_DOUBLE_EQ(found.per_token.value, std::exp(2.0));
  EXPECT_DOUBLE_EQ(found.per_word.value, std::exp(5.0));
  EXPECT_DOUBLE_EQ(found.bits_per_byte.value, 1.0 / std::log(2.0));
  EXPECT_EQ(found.texts, 2);
  EXPECT_EQ(found.tokens, 5);
  ASSERT_TRUE(found.per_word.interval);
  EXPECT_DOUBLE_EQ(found.per_word.interval->low, std::exp(4.0));
  EXPECT_DOUBLE_EQ(found.per_word.interval->high, std::exp(6.0));
}

class CausalCosts : public testing::Test {
 protected:
  static model::CausalLM make_lm() {
    const text::TemporaryFolder folder;
    text::make_small_tokenizer(folder.path());
    const auto config =
        tiny_config(model::ModelKind::kCausal, *text::load_tokenizer(folder.path()));
    return {config, model::make_weights(config, 7)};
  }
};

TEST_F(CausalCosts, AreOfTheScoredTokensAlone) {
  const model::CausalLM lm = make_lm();
  const std::vector<ScoredText> texts{{{1, 5, 9, 12, 2}, 1, 3, 11, false},
                                      {{1, 5, 9, 12, 2}, 3, 1, 4, false}};
  const auto costs = causal_costs(lm, texts);
  const at::Tensor logs =
      at::log_softmax(lm.logits(at::tensor(texts[0].ids, at::kLong).unsqueeze(0))[0], -1);
  double last_two = 0.0;
  for (const std::int64_t i : {3, 4}) {
    last_two -= logs[i - 1][texts[0].ids[static_cast<std::size_t>(i)]].item<double>();
  }
  EXPECT_NEAR(costs[1].nats, last_two, 1e-5);
  EXPECT_GT(costs[0].nats, costs[1].nats);
  EXPECT_EQ(costs[0].tokens, 4);
  EXPECT_EQ(costs[0].words, 3);
  EXPECT_EQ(costs[1].tokens, 2);
  EXPECT_EQ(costs[1].bytes, 4);
}

TEST_F(CausalCosts, AModelOfChanceIsAsPerplexAsItHasTokens) {
  model::CausalLM lm = make_lm();
  model::head_weight(lm.weights()).zero_();
  const std::vector<ScoredText> texts{{{1, 5, 9, 12, 2}, 1, 3, 11, false}};
  const auto costs = causal_costs(lm, texts);
  EXPECT_NEAR(perplexity_of(costs, 0).per_token.value, static_cast<double>(lm.config().vocab_size),
              1e-2);
}

TEST_F(CausalCosts, AnIdOutsideTheVocabularyIsAnError) {
  const std::vector<ScoredText> texts{{{1, 100000}, 1, 1, 1, false}};
  EXPECT_THROW(causal_costs(make_lm(), texts), Error);
}

}  // namespace
}  // namespace tess2::eval
