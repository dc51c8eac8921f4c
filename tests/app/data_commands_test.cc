// `synth`, `tokenizer`, and `inspect` of what they write.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/app_test_support.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;

class DataCommandsTest : public CommandTest {
 protected:
  std::string synth(const std::string& name, const std::string& seed) {
    out_of({"synth", path(name).string(), "--seed", seed, "--set", "stories=30", "--set",
            "stories_held_out=5", "--set", "instructions=22", "--set", "instructions_held_out=11",
            "--set", "pairs=5", "--set", "pairs_held_out=2"});
    return read(path(name) / "instructions.train.jsonl");
  }
};

TEST_F(DataCommandsTest, SynthIsAFunctionOfTheSeed) {
  const std::string first = synth("a", "3");
  EXPECT_EQ(first, synth("b", "3"));
  EXPECT_NE(first, synth("c", "4"));
}

TEST_F(DataCommandsTest, SynthTakesTheSeedFromARecipeToo) {
  const std::string recipe = write("synth.yaml",
                                   "seed: 3\nstories: 30\nstories_held_out: 5\ninstructions: 22\n"
                                   "instructions_held_out: 11\npairs: 5\npairs_held_out: 2\n");
  EXPECT_EQ(out_of({"synth", "-c", recipe, path("d").string()}),
            "data: " + path("d").string() + "\n");
  EXPECT_EQ(read(path("d") / "instructions.train.jsonl"), synth("a", "3"));
}

TEST_F(DataCommandsTest, TheTokenizerReadsDocumentsDialoguesAndText) {
  const std::string documents = write("a.jsonl", "{\"text\":\"the cat sat on the mat\"}\n");
  const std::string dialogues = write(
      "b.jsonl",
      R"({"messages":[{"role":"user","content":"zebra?"},{"role":"assistant","content":"Q"}]})");
  const std::string text = write("c.txt", "W and the dog\n");
  out_of({"tokenizer", path("made").string(), documents, dialogues, text, "--set", "vocab_size=290",
          "--set", "symbols=[<|user|>]"});
  const auto tokenizer = text::load_tokenizer(path("made"));
  EXPECT_EQ(tokenizer->vocab_size(), 290);
  for (const char* piece : {"<|user|>", "z", "Q", "W"}) {
    EXPECT_TRUE(tokenizer->find(piece)) << piece << " is no token of its own";
  }
  EXPECT_FALSE(tokenizer->find("X"));
  EXPECT_EQ(out_of({"inspect", path("made").string()}),
            "tokenizer: 290 tokens, start <s> (1), end </s> (2), padding none\n");
}

TEST_F(DataCommandsTest, TheTokenizerRefusesOtherFilesAndRecords) {
  const std::string made = path("made").string();
  EXPECT_EQ(error_of(1, {"tokenizer", made, write("a.jsonl", "{\"text\":\"a\"}\n{\"b\":1}\n")}),
            "a.jsonl: line 2: expected a record with `text` or `messages`, found neither");
  EXPECT_EQ(error_of(2, {"tokenizer", made, write("a.csv", "a")}),
            "a.csv: expected a name that ends in .jsonl, .json or .txt, plain, .gz or .zst");
  EXPECT_EQ(error_of(2, {"tokenizer", made}), "FILE: expected an argument, found nothing");
  EXPECT_FALSE(std::filesystem::exists(made));
}

TEST_F(DataCommandsTest, InspectCountsRecords) {
  synth("data", "3");
  EXPECT_THAT(out_of({"inspect", path("data/stories.train.jsonl").string()}),
              HasSubstr("stories.train.jsonl\ndocuments 30\nfirst: {\"text\":\""));
  EXPECT_THAT(out_of({"inspect", path("data/pairs.train.jsonl").string()}),
              HasSubstr("\npairs 5\nfirst: {\"chosen\":[{\"content\":"));
  EXPECT_THAT(out_of({"inspect", path("data/instructions.train.jsonl").string()}),
              HasSubstr("\ninstructions 22\ntasks:\n  addition 2\n  boolean 2\n  copy 2\n"));
  const std::string dialogue = R"({"messages":[{"role":"user","content":"a"}]})";
  EXPECT_EQ(out_of({"inspect", write("mixed.jsonl", dialogue + "\n\n{\"text\":\"b\"}\n")}),
            "data: " + path("mixed.jsonl").string() + "\ndialogues 1\ndocuments 1\nfirst: " +
                R"({"messages":[{"content":"a","role":"user"}]})" + "\n");
}

TEST_F(DataCommandsTest, InspectNamesTheLineThatIsWrong) {
  const auto error = [&](const std::string& line) {
    return error_of(1, {"inspect", write("a.jsonl", "{\"text\":\"a\"}\n" + line + "\n")});
  };
  EXPECT_EQ(error("{\"text\":"),
            "a.jsonl: line 2: expected a JSON object, found text that breaks off or is malformed "
            "at byte 9");
  EXPECT_EQ(error("{\"txt\":\"b\"}"),
            "a.jsonl: line 2: expected a record with `text`, `messages` or `chosen`, found none");
  EXPECT_EQ(error("{\"text\":3}"),
            "a.jsonl: line 2: text: expected a string, found a value of type number");
  EXPECT_EQ(error("{\"chosen\":[]}"),
            "a.jsonl: line 2: chosen: expected a dialogue, found a "
            "dialogue without messages");
}

TEST_F(DataCommandsTest, InspectRefusesOtherPaths) {
  EXPECT_EQ(error_of(1, {"inspect", path("missing").string()}), "missing: no such file or folder");
  EXPECT_EQ(
      error_of(1, {"inspect", write("a.csv", "a")}),
      "a.csv: expected a folder, or a name that ends in .safetensors, .jsonl or .json (plain, "
      ".gz or .zst)");
  std::filesystem::create_directory(path("empty"));
  EXPECT_EQ(
      error_of(1, {"inspect", path("empty").string()}),
      "empty: expected config.json, tokenizer.model or token shards in this folder, found none");
}

TEST_F(DataCommandsTest, TokenizeWritesShardsThatInspectDescribes) {
  const std::string in = write("a.jsonl", "{\"text\":\"the cat\"}\n{\"text\":\"a dog\"}\n");
  const std::string out = path("shards").string(), tokenizer = path("tokenizer").string();
  EXPECT_THAT(out_of({"tokenize", out, in, "--tokenizer", tokenizer, "-q"}),
              testing::MatchesRegex("shards: .*shards \\(2 documents, [0-9]+ tokens, uint16\\)\n"));
  EXPECT_THAT(out_of({"inspect", out}),
              testing::MatchesRegex("token shards: .*\nshards 1\ndocuments 2\ntokens [0-9]+ "
                                    "\\(uint16, vocabulary [0-9]+\\)\nfirst: 1 .*\n"));
  EXPECT_EQ(error_of(1, {"tokenize", out, in, "-t", tokenizer}),
            "shards: holds a complete conversion already");
}

TEST_F(DataCommandsTest, TokenizeTellsWhatIsWrong) {
  const std::string out = path("shards").string(), tokenizer = path("tokenizer").string();
  const std::string bad = write("bad.jsonl", "{\"text\":\"the cat\"}\n{\"text\":\n");
  EXPECT_EQ(error_of(2, {"tokenize", out, bad}), "--tokenizer: expected a folder, found nothing");
  EXPECT_EQ(error_of(1, {"tokenize", out, path("*.jsonl.gz").string(), "-t", tokenizer}),
            "*.jsonl.gz: matches no file");
  EXPECT_EQ(error_of(1, {"tokenize", out, bad, "-t", tokenizer, "-q"}),
            "bad.jsonl: line 2: expected a JSON object, found text that breaks off or is malformed "
            "at byte 9");
  EXPECT_EQ(error_of(1, {"inspect", out}),
            "shards: is a conversion that was interrupted: run the same tess2 tokenize again to "
            "finish it");
  EXPECT_THAT(out_of({"tokenize", out, bad, "-t", tokenizer, "-q", "--on-bad-line", "skip"}),
              HasSubstr("(1 documents, "));
  EXPECT_EQ(error_of(2, {"tokenize", out, bad, "-t", tokenizer, "--on-bad-line", "ask"}),
            "--on-bad-line: expected one of stop, skip, found ask");
}

}  // namespace
}  // namespace tess2::app
