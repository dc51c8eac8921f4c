#include "text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "core/random.h"
#include "text/text_test_support.h"
#include "text/utf8.h"

namespace tess2::text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TokenizerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    make_small_tokenizer(folder_->path());
    TemporaryFolder padded;
    copy_tokenizer_with_pad(folder_->path(), padded.path());
    tokenizer_ = load_tokenizer(padded.path()).release();
  }
  static void TearDownTestSuite() {
    delete tokenizer_;
    delete folder_;
  }

  // The error of loading the small tokenizer with these files beside it.
  template <class Expected = FormatError>
  static std::string load_error(const std::string& config, const std::string& added = "{}") {
    TemporaryFolder folder;
    copy_tokenizer(folder_->path(), folder.path());
    folder.write("tokenizer_config.json", config);
    folder.write("added_tokens.json", added);
    return error_of<Expected>([&] { load_tokenizer(folder.path()); });
  }

  static std::string round_trip(std::string_view text) {
    return tokenizer_->decode(tokenizer_->encode(text));
  }

  static TemporaryFolder* folder_;
  static Tokenizer* tokenizer_;
};

TemporaryFolder* TokenizerTest::folder_ = nullptr;
Tokenizer* TokenizerTest::tokenizer_ = nullptr;

std::string random_text(Rng& rng) {
  constexpr std::array<std::string_view, 16> kParts = {"a",
                                                       "cat",
                                                       " the",
                                                       "\n",
                                                       "\t",
                                                       "  ",
                                                       "7",
                                                       "\xc3\xa9",
                                                       "\xe6\xbc\xa2",
                                                       ".",
                                                       "<s",
                                                       "PAD]",
                                                       "|>",
                                                       "\r",
                                                       "\x01",
                                                       "\xf0\x9f\x98\x80"};
  std::string text = "x";
  for (std::uint64_t left = rng.below(40); left > 0; --left) text += rng.pick(kParts);
  return text;
}

TEST_F(TokenizerTest, DecodingUndoesEncoding) {
  Rng rng(11, Stream::kSynthetic);
  for (int i = 0; i < 500; ++i) {
    const std::string text = random_text(rng);
    EXPECT_EQ(round_trip(text), text);
  }
}

TEST_F(TokenizerTest, ASpaceInFrontStandsForThePrefixAndIsLost) {
  EXPECT_EQ(round_trip(" cat"), "cat");
  EXPECT_EQ(round_trip("  cat"), " cat");
  EXPECT_EQ(round_trip("cat "), "cat ");
  EXPECT_EQ(tokenizer_->encode(" cat"), tokenizer_->encode("cat"));
  EXPECT_EQ(tokenizer_->encode("\xe2\x96\x81"
                               "cat"),
            tokenizer_->encode("cat"));
  EXPECT_THAT(tokenizer_->encode(" "), ElementsAre(*tokenizer_->find("\xe2\x96\x81")));
  EXPECT_THAT(tokenizer_->encode(""), ElementsAre());
}

// With a hole in the middle, both ends together are the ids of the whole.
TEST_F(TokenizerTest, AContinuationGetsNoSpace) {
  std::vector<TokenId> ids = tokenizer_->encode("the cat");
  for (const TokenId id : tokenizer_->encode_continuation(". cat")) ids.push_back(id);
  EXPECT_EQ(tokenizer_->decode(ids), "the cat. cat");
  EXPECT_EQ(tokenizer_->encode_continuation(" cat"), tokenizer_->encode(" cat"));
  EXPECT_NE(tokenizer_->encode_continuation("cat"), tokenizer_->encode("cat"));
  EXPECT_THAT(tokenizer_->encode_continuation(""), ElementsAre());
  EXPECT_EQ(tokenizer_->encode_continuation("</s>cat"), tokenizer_->encode("</s>cat"));
}

TEST_F(TokenizerTest, TellsWhichTokensAreBytes) {
  for (TokenId id = 0; id < tokenizer_->vocab_size(); ++id) {
    EXPECT_EQ(tokenizer_->is_byte(id), id >= 3 && id < 3 + 256) << id;
  }
  EXPECT_FALSE(tokenizer_->is_byte(-1));
  EXPECT_FALSE(tokenizer_->is_byte(static_cast<TokenId>(tokenizer_->vocab_size())));
}

TEST_F(TokenizerTest, SpecialTokensInsideTextBecomeTheirIds) {
  EXPECT_THAT(tokenizer_->encode("<s></s><unk>[PAD]"), ElementsAre(1, 2, 0, kSmallVocabulary));
  EXPECT_EQ(round_trip("<s>cat</s>\n[PAD]dog"), "<s> cat</s> \n[PAD] dog");
}

TEST_F(TokenizerTest, BytesWithoutAPieceBecomeByteTokens) {
  const auto byte = [](int value) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    return *tokenizer_->find(std::string("<0x") + kDigits[value >> 4] + kDigits[value & 15] + ">");
  };
  EXPECT_THAT(tokenizer_->encode("\xe6\xbc\xa2"),
              ElementsAre(*tokenizer_->find("\xe2\x96\x81"), byte(0xe6), byte(0xbc), byte(0xa2)));
  const std::array<TokenId, 2> cut = {byte(0xe6), byte(0xbc)};
  EXPECT_EQ(tokenizer_->decode(cut), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(tokenizer_->encode(std::string_view("\0", 1)).back(), byte(0));
  EXPECT_EQ(round_trip(std::string_view("a\0b", 3)), std::string_view("a\0b", 3));
  EXPECT_EQ(round_trip("a\xff"), "a\xef\xbf\xbd");
  EXPECT_EQ(round_trip("<0x41>"), "<0x41>");
}

TEST_F(TokenizerTest, DecodesEveryIdAndNoOther) {
  for (TokenId id = 0; id < tokenizer_->vocab_size(); ++id) {
    const std::string text = tokenizer_->decode(std::array{id});
    EXPECT_TRUE(is_utf8(text)) << id;
    EXPECT_EQ(text.find("\xe2\x96\x81"), std::string::npos) << id;
  }
  EXPECT_EQ(error_of<Error>([] { tokenizer_->decode(std::array{TokenId{321}}); }),
            "token id 321 is outside the vocabulary of 321");
  EXPECT_EQ(error_of<Error>([] { tokenizer_->decode(std::array{TokenId{-1}}); }),
            "token id -1 is outside the vocabulary of 321");
}

TEST_F(TokenizerTest, AFolderWithTheModelAloneIsEnough) {
  TemporaryFolder folder;
  folder.write("tokenizer.model", folder_->read("tokenizer.model"));
  const auto tokenizer = load_tokenizer(folder.path());
  EXPECT_EQ(tokenizer->bos(), 1);
  EXPECT_EQ(tokenizer->eos(), 2);
  EXPECT_FALSE(tokenizer->pad());
}

TEST_F(TokenizerTest, ConfigurationChoosesTheSpecialTokens) {
  TemporaryFolder folder;
  copy_tokenizer(folder_->path(), folder.path());
  folder.write("tokenizer_config.json",
               R"({"bos_token": {"content": "<unk>"}, "eos_token": "[END]", "pad_token": "</s>"})");
  folder.write("added_tokens.json", R"({"[END]": 320, "[END]+": 321})");
  const auto tokenizer = load_tokenizer(folder.path());
  EXPECT_EQ(tokenizer->bos(), 0);
  EXPECT_EQ(tokenizer->eos(), 320);
  EXPECT_EQ(tokenizer->pad(), 2);
  EXPECT_THAT(tokenizer->encode("[END][END]+"), ElementsAre(320, 321));
}

TEST_F(TokenizerTest, RefusesAMissingOrDamagedModel) {
  TemporaryFolder folder;
  EXPECT_THAT(error_of<FileError>([&] { load_tokenizer(folder.path()); }),
              HasSubstr((folder.path() / "tokenizer.model").string()));
  folder.write("tokenizer.model", folder_->read("tokenizer.model").substr(0, 1000));
  EXPECT_THAT(error_of<FormatError>([&] { load_tokenizer(folder.path()); }),
              HasSubstr("expected a SentencePiece model, found the end of the data"));
  folder.write("tokenizer.model", "");
  EXPECT_THAT(error_of<FormatError>([&] { load_tokenizer(folder.path()); }),
              HasSubstr("pieces: expected a vocabulary, found none"));
}

TEST_F(TokenizerTest, RefusesTokensThatDoNotFitTheModel) {
  EXPECT_THAT(load_error(R"({"bos_token": "<start>"})"),
              HasSubstr("tokenizer_config.json: bos_token: expected a token of the vocabulary, "
                        "found \"<start>\""));
  EXPECT_THAT(load_error(R"({"eos_token": "<end>"})"), HasSubstr("eos_token: expected"));
  EXPECT_THAT(load_error(R"({"pad_token": "[PAD]"})"), HasSubstr("pad_token: expected"));
  EXPECT_THAT(load_error("{}", R"({"[PAD]": 321})"),
              HasSubstr("added_tokens.json: \"[PAD]\": expected the next free id 320, found 321"));
  EXPECT_THAT(load_error("{}", R"({"[PAD]": 2})"),
              HasSubstr("\"[PAD]\": expected a free id for \"[PAD]\", found 2, which is \"</s>\""));
  EXPECT_THAT(load_error("{}", R"({"</s>": 320})"),
              HasSubstr("\"</s>\": expected the id 2 of \"</s>\", found 320"));
  EXPECT_THAT(load_error("{"), HasSubstr("tokenizer_config.json: byte 2: expected JSON"));
}

TEST_F(TokenizerTest, CopiesByteForByteAndLeavesNothingOfAnotherTokenizer) {
  TemporaryFolder to;
  to.write("added_tokens.json", R"({"[OLD]": 99})");
  to.write("model.safetensors", "weights");
  copy_tokenizer(folder_->path(), to.path());
  for (const char* name : {"tokenizer.model", "tokenizer_config.json"}) {
    EXPECT_EQ(to.read(name), folder_->read(name)) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(to.path() / "added_tokens.json"));
  EXPECT_EQ(to.read("model.safetensors"), "weights");
}

TEST_F(TokenizerTest, CopyWithPadAddsItOnce) {
  TemporaryFolder first, second;
  EXPECT_EQ(copy_tokenizer_with_pad(folder_->path(), first.path()), kSmallVocabulary);
  EXPECT_EQ(first.read("tokenizer.model"), folder_->read("tokenizer.model"));
  EXPECT_EQ(copy_tokenizer_with_pad(first.path(), second.path()), kSmallVocabulary);
  for (const char* name : {"tokenizer.model", "tokenizer_config.json", "added_tokens.json"}) {
    EXPECT_EQ(second.read(name), first.read(name)) << name;
  }
  EXPECT_EQ(load_tokenizer(second.path())->vocab_size(), kSmallVocabulary + 1);
}

TEST_F(TokenizerTest, LoadingWithPadIsAsLoadingThePaddedCopy) {
  const auto padded = load_tokenizer_with_pad(folder_->path());
  EXPECT_EQ(padded->pad(), kSmallVocabulary);
  EXPECT_EQ(padded->vocab_size(), kSmallVocabulary + 1);
  EXPECT_EQ(padded->encode("a[PAD]cat"), tokenizer_->encode("a[PAD]cat"));
  EXPECT_FALSE(std::filesystem::exists(folder_->path() / "added_tokens.json"));
}

TEST_F(TokenizerTest, CopyIntoAFileIsAnErrorThatNamesIt) {
  TemporaryFolder to;
  to.write("taken", "");
  const auto message =
      error_of<FileError>([&] { copy_tokenizer(folder_->path(), to.path() / "taken"); });
  EXPECT_THAT(message, HasSubstr("taken"));
}

}  // namespace
}  // namespace tess2::text
