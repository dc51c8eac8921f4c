// Equality with the reference on its own cases.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/shared_data.h"
#include "text/text_test_support.h"
#include "text/tokenizer.h"

namespace tess2::text {
namespace {

nlohmann::json read_json(const std::filesystem::path& file) {
  std::ifstream in(file);
  return nlohmann::json::parse(in);
}

TEST(TokenizerGolden, MistralGivesTheReferencesIdsAndTexts) {
  TESS2_SHARED_OR_SKIP(model, "models/mistral_v1_tokenizer");
  TESS2_SHARED_OR_SKIP(golden, "golden/tokenizers/tokenizer_mistral_v1.json");
  TemporaryFolder folder;
  ASSERT_EQ(copy_tokenizer_with_pad(model, folder.path()), 32000);
  const auto tokenizer = load_tokenizer(folder.path());
  const auto cases = read_json(golden)["cases"];
  ASSERT_FALSE(cases.empty());
  for (const auto& one : cases) {
    const auto text = one["text"].get<std::string>();
    const auto ids = tokenizer->encode(text);
    EXPECT_EQ(ids, one["ids"].get<std::vector<TokenId>>()) << text;
    EXPECT_EQ(tokenizer->decode(ids), one["decoded"].get<std::string>()) << text;
  }
  EXPECT_EQ(tokenizer->vocab_size(), 32001);
  EXPECT_EQ(tokenizer->bos(), 1);
  EXPECT_EQ(tokenizer->eos(), 2);
  EXPECT_EQ(tokenizer->pad(), 32000);
  EXPECT_EQ(tokenizer->encode("a[PAD]b"), (std::vector<TokenId>{264, 32000, 287}));
}

TEST(TokenizerGolden, MistralHasNoPaddingTokenUntilItIsAdded) {
  TESS2_SHARED_OR_SKIP(model, "models/mistral_v1_tokenizer");
  const auto tokenizer = load_tokenizer(model);
  EXPECT_EQ(tokenizer->vocab_size(), 32000);
  EXPECT_FALSE(tokenizer->pad());
  EXPECT_FALSE(tokenizer->find("[PAD]"));
}

TEST(TokenizerGolden, Stories260kGivesTheReferencesIds) {
  TESS2_SHARED_OR_SKIP(model, "models/stories260K");
  const auto tokenizer = load_tokenizer(model);
  const auto expected = read_json(model / "expected.json");
  const auto with_bos = [&](const std::string& text) {
    std::vector<TokenId> ids = {tokenizer->bos()};
    const auto rest = tokenizer->encode(text);
    ids.insert(ids.end(), rest.begin(), rest.end());
    return ids;
  };
  EXPECT_EQ(with_bos(expected["text"]), expected["text_ids"].get<std::vector<TokenId>>());
  for (const auto& one : expected["greedy"]) {
    EXPECT_EQ(with_bos(one["prompt"]), one["prompt_ids"].get<std::vector<TokenId>>());
  }
  EXPECT_EQ(tokenizer->vocab_size(), 512);
}

}  // namespace
}  // namespace tess2::text
