#include "text/train_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/text_test_support.h"

namespace tess2::text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<Tokenizer> trained(const TokenizerTraining& settings) {
  TemporaryFolder folder;
  train_tokenizer(small_corpus(), settings, folder.path());
  return load_tokenizer(folder.path());
}

TEST(TrainTokenizer, HasTheVocabularyAskedForInLlamasOrder) {
  const auto tokenizer = trained({.vocab_size = 330, .symbols = {}});
  EXPECT_EQ(tokenizer->vocab_size(), 330);
  EXPECT_EQ(tokenizer->find("<unk>"), 0);
  EXPECT_EQ(tokenizer->bos(), 1);
  EXPECT_EQ(tokenizer->eos(), 2);
  EXPECT_EQ(tokenizer->find("<0x00>"), 3);
  EXPECT_EQ(tokenizer->find("<0xFF>"), 258);
  EXPECT_FALSE(tokenizer->pad());
}

TEST(TrainTokenizer, LearnsFrequentWordsAndSplitsDigits) {
  const auto tokenizer = trained({.vocab_size = 330, .symbols = {}});
  EXPECT_THAT(tokenizer->encode("the"), ElementsAre(*tokenizer->find("\xe2\x96\x81the")));
  const auto digits = tokenizer->encode("x345");
  EXPECT_GE(digits.size(), 4u);
  for (const char* digit : {"3", "4", "5"}) EXPECT_TRUE(tokenizer->find(digit)) << digit;
  EXPECT_FALSE(tokenizer->find("34"));
  EXPECT_TRUE(tokenizer->find("\xc3\xa9"));
  EXPECT_EQ(tokenizer->encode("a\nb")[1], *tokenizer->find("<0x0A>"));
}

// The encoder puts a mark in front of a text, not of each of its lines.
TEST(TrainTokenizer, LearnsTheWordsThatBeginALine) {
  TemporaryFolder folder;
  const std::string marked =
      "\xe2\x96\x81"
      "ab";
  train_tokenizer({"\nab\nab"}, {.vocab_size = 262, .symbols = {}}, folder.path());
  EXPECT_TRUE(load_tokenizer(folder.path())->find("ab"));
  EXPECT_FALSE(load_tokenizer(folder.path())->find(marked));
  train_tokenizer({"ab\nab"}, {.vocab_size = 264, .symbols = {}}, folder.path());
  EXPECT_TRUE(load_tokenizer(folder.path())->find(marked));
}

TEST(TrainTokenizer, IsTheSameEveryTime) {
  TemporaryFolder first, second;
  make_small_tokenizer(first.path());
  make_small_tokenizer(second.path());
  EXPECT_EQ(first.read("tokenizer.model"), second.read("tokenizer.model"));
  EXPECT_FALSE(first.read("tokenizer.model").empty());
}

TEST(TrainTokenizer, KeepsSymbolsWhole) {
  const auto tokenizer = trained({.vocab_size = 330, .symbols = {"<|user|>", "a,\"b"}});
  EXPECT_EQ(tokenizer->encode("the<|user|>the")[1], *tokenizer->find("<|user|>"));
  EXPECT_EQ(tokenizer->find("<|user|>"), 3);
  EXPECT_EQ(tokenizer->find("a,\"b"), 4);
  EXPECT_EQ(tokenizer->find("<0x00>"), 5);
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("x<|user|>\na,\"b y")), "x<|user|>\na,\"b y");
}

TEST(TrainTokenizer, TellsTheBoundsOfTheVocabulary) {
  const auto error = [](std::int64_t size) {
    return error_of<UsageError>([&] { trained({.vocab_size = size, .symbols = {}}); });
  };
  EXPECT_EQ(error(100), "vocab_size: expected at least 287 for these texts, found 100");
  EXPECT_EQ(trained({.vocab_size = 287, .symbols = {}})->vocab_size(), 287);
  const std::string too_large = error(5000);
  EXPECT_THAT(too_large, HasSubstr("vocab_size: expected at most "));
  EXPECT_THAT(too_large, HasSubstr(" for these texts, found 5000"));
  const auto most =
      std::stoll(too_large.substr(std::string("vocab_size: expected at most ").size()));
  EXPECT_EQ(trained({.vocab_size = most, .symbols = {}})->vocab_size(), most);
}

TEST(TrainTokenizer, CountsNoCharactersInsideSymbols) {
  TemporaryFolder folder;
  const auto train = [&](std::int64_t size) {
    train_tokenizer({"aa bb <x> cc"}, {.vocab_size = size, .symbols = {"<x>"}}, folder.path());
  };
  EXPECT_EQ(error_of<UsageError>([&] { train(263); }),
            "vocab_size: expected at least 264 for these texts, found 263");
  train(264);
  EXPECT_EQ(load_tokenizer(folder.path())->vocab_size(), 264);
}

TEST(TrainTokenizer, RefusesSymbolsThatCannotBeTokensOfTheirOwn) {
  for (const char* symbol : {"", "<s>", "\xff", "x"}) {
    const auto message = error_of<UsageError>([&] {
      trained({.vocab_size = 330, .symbols = {"x", symbol}});
    });
    EXPECT_THAT(message, HasSubstr("symbols: expected UTF-8 strings")) << symbol;
  }
}

TEST(TrainTokenizer, RefusesEmptyTextsAndAFolderThatCannotBeMade) {
  TemporaryFolder folder;
  const TokenizerTraining settings;
  EXPECT_EQ(error_of<Error>([&] {
              train_tokenizer({"", "\n"}, settings, folder.path());
            }),
            "tokenizer training: the texts are empty");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "tokenizer.model"));
  folder.write("taken", "");
  EXPECT_THAT(error_of<FileError>([&] { make_small_tokenizer(folder.path() / "taken"); }),
              HasSubstr("taken"));
}

TEST(TrainTokenizer, CopesWithOneLetter) {
  TemporaryFolder folder;
  train_tokenizer({"a"}, {.vocab_size = 261, .symbols = {}}, folder.path());
  const auto tokenizer = load_tokenizer(folder.path());
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("aaa b")), "aaa b");
}

}  // namespace
}  // namespace tess2::text
