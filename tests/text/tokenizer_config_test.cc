#include "text/tokenizer_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "text/text_test_support.h"

namespace tess2::text {
namespace {

using ::testing::HasSubstr;

TokenizerConfig parse(const std::string& config) {
  return parse_tokenizer_config("dir", {.config = config, .added = std::nullopt});
}

std::string config_error(const std::string& config) {
  return error_of<FormatError>([&] { parse(config); });
}

std::string added_error(const std::string& added) {
  return error_of<FormatError>(
      [&] { parse_tokenizer_config("dir", {.config = std::nullopt, .added = added}); });
}

TEST(TokenizerConfig, ReadsTokensAsStringsAndAsObjects) {
  const auto config =
      parse(R"({"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": true},
                "pad_token": null, "model_max_length": 1e30})");
  EXPECT_EQ(config.bos->content, "<s>");
  EXPECT_EQ(config.eos->content, "</s>");
  EXPECT_FALSE(config.pad);
  EXPECT_FALSE(config.unk);
  EXPECT_TRUE(config.added.empty());
}

TEST(TokenizerConfig, MayBeMissingAltogether) {
  const auto config = parse_tokenizer_config("dir", {});
  EXPECT_FALSE(config.bos || config.eos || config.unk || config.pad);
}

TEST(TokenizerConfig, MergesTheAddedTokensOfBothFilesById) {
  const auto config = parse_tokenizer_config(
      "dir", {.config = R"({"added_tokens_decoder": {"11": {"content": "[B]", "special": true},
                                                     "10": {"content": "[A]"}}})",
              .added = R"({"[C]": 12, "[A]": 10})"});
  ASSERT_EQ(config.added.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(config.added[i].id, 10 + i);
    EXPECT_EQ(config.added[i].token.content, std::string("[") + static_cast<char>('A' + i) + "]");
  }
}

TEST(TokenizerConfig, NamesFileAndKeyOfWhatIsWrong) {
  EXPECT_EQ(config_error("[]"), "dir/tokenizer_config.json: expected a JSON object, found array");
  EXPECT_THAT(config_error("{\"a\": }"),
              HasSubstr("dir/tokenizer_config.json: byte 7: expected JSON"));
  EXPECT_EQ(config_error(R"({"a": 1e999})"),
            "dir/tokenizer_config.json: expected JSON, found a number out of range");
  EXPECT_THAT(config_error(R"({"bos_token": 3})"), HasSubstr("bos_token: expected a token"));
  EXPECT_THAT(config_error(R"({"eos_token": ""})"), HasSubstr("eos_token: expected a token"));
  EXPECT_THAT(config_error(R"({"eos_token": {"text": "x"}})"), HasSubstr("eos_token: expected"));
  EXPECT_THAT(config_error(R"({"added_tokens_decoder": []})"),
              HasSubstr("added_tokens_decoder: expected an object"));
  EXPECT_THAT(config_error(R"({"added_tokens_decoder": {"x": {"content": "[A]"}}})"),
              HasSubstr("added_tokens_decoder: expected token ids as keys, found \"x\""));
  EXPECT_THAT(
      config_error(R"({"added_tokens_decoder": {"1": {"content": "[A]", "lstrip": true}}})"),
      HasSubstr("added_tokens_decoder[\"1\"].lstrip: expected false, found \"true\""));
}

TEST(TokenizerConfig, RefusesIdsThatAreNone) {
  EXPECT_EQ(added_error(R"({"[A]": -1})"),
            "dir/added_tokens.json: \"[A]\": expected a token id, found \"-1\"");
  EXPECT_THAT(added_error(R"({"[A]": 1.5})"), HasSubstr("expected a token id, found \"1.5\""));
  EXPECT_THAT(added_error(R"({"[A]": 4294967296})"), HasSubstr("expected a token id"));
  EXPECT_THAT(added_error(R"({"[A]": "7"})"), HasSubstr("expected a token id"));
  EXPECT_THAT(added_error(R"({"": 7})"), HasSubstr("expected a token, found an empty string"));
  EXPECT_THAT(added_error(R"({"a\nb": true})"), HasSubstr("\"a\\nb\": expected a token id"));
}

TEST(TokenizerConfig, RefusesTokensThatDisagree) {
  EXPECT_THAT(added_error(R"({"[A]": 5, "[B]": 5})"),
              HasSubstr("expected an id of its own for \"[B]\", found 5, which is \"[A]\""));
  const auto message = error_of<FormatError>([] {
    parse_tokenizer_config(
        "dir", {.config = R"({"added_tokens_decoder": {"5": "[A]"}})", .added = R"({"[A]": 6})"});
  });
  EXPECT_THAT(message, HasSubstr("expected the id 5 of \"[A]\", found 6"));
}

TEST(WithPadToken, AddsTheTokenAndKeepsTheRest) {
  const ConfigTexts before{.config = R"({"z": 1, "bos_token": "<s>", "a": [2.5]})",
                           .added = R"({"[A]": 10})"};
  const ConfigTexts after = with_pad_token("dir", before, "[PAD]", 11);
  const auto config = parse_tokenizer_config("dir", after);
  EXPECT_EQ(config.pad->content, "[PAD]");
  EXPECT_EQ(config.bos->content, "<s>");
  ASSERT_EQ(config.added.size(), 2u);
  EXPECT_EQ(config.added[1].id, 11);
  EXPECT_EQ(*after.config,
            "{\n  \"z\": 1,\n  \"bos_token\": \"<s>\",\n  \"a\": [\n    2.5\n  ],\n"
            "  \"pad_token\": \"[PAD]\"\n}\n");
}

TEST(WithPadToken, TellsTheLongerListTooWhereThereIsOne) {
  const ConfigTexts before{.config = R"({"added_tokens_decoder": {"0": {"content": "<unk>"}}})",
                           .added = std::nullopt};
  const ConfigTexts after = with_pad_token("dir", before, "[PAD]", 9);
  EXPECT_THAT(*after.config, HasSubstr("\"9\": {\n      \"content\": \"[PAD]\""));
  EXPECT_EQ(parse_tokenizer_config("dir", after).added.size(), 2u);
}

}  // namespace
}  // namespace tess2::text
