#include "data/tokenize.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "core/file.h"
#include "data/documents.h"
#include "data/examples.h"
#include "data/fixtures.h"

namespace tess2::data {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

/// What ends a conversion in the middle.
struct Interrupted {};

class Tokenize : public FolderTest {
 protected:
  Tokenize() {
    std::string lines;
    for (std::size_t i = 0; i < 200; ++i) {
      lines +=
          nlohmann::json{{"text", std::string(i % 37, static_cast<char>('a' + i % 26))}}.dump();
      lines += '\n';
    }
    fs::create_directory(folder() / "in");
    write_gzip("in/a.jsonl.gz", lines);
    write("in/b.txt", "a text\nof two lines\n");
    write_zstd("in/c.jsonl.zst", lines);
    settings_.shard_tokens = 1000;
  }

  fs::path path(const std::string& name) const { return folder() / name; }
  std::string in() const { return path("in").string(); }

  /// Ends with Interrupted once `records` of them are written.
  ShardIndex tokenize(const std::string& out, int records = 1000000) const {
    int left = records + 1;  // it is told of the beginning too
    return write_token_shards({in()}, tokenizer_, settings_, test_reading(), path(out),
                              [&](const TokenizeProgress&) {
                                if (--left == 0) throw Interrupted();
                              });
  }
  std::map<std::string, std::string> content(const std::string& name) const {
    std::map<std::string, std::string> files;
    for (const auto& file : test_support::names_in(path(name))) {
      files[file] = read_text_file(path(name) / file);
    }
    return files;
  }
  std::vector<Example> rows(const std::string& input) const {
    return read_examples({{path(input).string()}, {}},
                         std::make_shared<DocumentEncoder>(tokenizer_, 16), test_reading());
  }

  const ByteTokenizer tokenizer_;
  TokenizeSettings settings_;
};

TEST_F(Tokenize, ShardsHoldTheRowsOfTheText) {
  const ShardIndex index = tokenize("out");
  EXPECT_EQ(index.documents(), 401u);
  EXPECT_GT(index.shards.size(), 5u);
  EXPECT_EQ(rows("out"), rows("in"));
}

TEST_F(Tokenize, DocumentsBeginWhereTheIndexSays) {
  tokenize("out");
  const TokenShards shards(path("out"));
  std::uint64_t before = 0;
  for (std::size_t s = 0; s < shards.index().shards.size(); ++s) {
    const ShardEntry entry = shards.index().shards[s];
    if (s + 1 < shards.index().shards.size()) {
      EXPECT_GE(entry.tokens, 1000u);
    }
    EXPECT_EQ(shards.document_start(s, 0), 0u);
    for (std::uint64_t d = 1; d < entry.documents; ++d) {
      const std::uint64_t start = before + shards.document_start(s, d);
      EXPECT_THAT(shards.ids(start - 1, 2), ElementsAre(tokenizer_.eos(), tokenizer_.bos()));
    }
    before += entry.tokens;
  }
}

TEST_F(Tokenize, OneThatIsInterruptedGoesOnAndEndsTheSame) {
  tokenize("whole");
  for (const int records : {1, 100, 101, 250, 401}) {
    const std::string out = "out" + std::to_string(records);
    EXPECT_THROW(tokenize(out, records), Interrupted);
    EXPECT_FALSE(fs::exists(path(out) / kShardIndexName));
    EXPECT_THAT(error_of([&] { rows(out); }), HasSubstr("is a conversion that was interrupted"));
    write(out + "/.shard-00003.npy.12-0.part", "left by a process that was killed");
    tokenize(out);
    EXPECT_EQ(content(out), content("whole")) << records;
  }
}

TEST_F(Tokenize, ShardsWrittenAfterTheKeptPlaceAreWrittenAgain) {
  tokenize("whole");
  EXPECT_THROW(tokenize("out", 1), Interrupted);
  write("out/shard-00000.npy", "committed, and then the process was killed");
  tokenize("out");
  EXPECT_EQ(content("out"), content("whole"));
}

TEST_F(Tokenize, AFolderWithSomethingElseIsLeftAlone) {
  tokenize("done");
  EXPECT_THAT(error_of([&] { tokenize("done"); }),
              EndsWith("done: holds a complete conversion already"));
  fs::create_directory(path("letters"));
  write("letters/love.txt", "dear");
  EXPECT_THAT(error_of([&] { tokenize("letters"); }), HasSubstr("letters: expected a free name"));
  EXPECT_EQ(read_text_file(path("letters/love.txt")), "dear");
  EXPECT_THROW(tokenize("part", 100), Interrupted);
  write("in/d.txt", "one more");
  EXPECT_THAT(error_of([&] { tokenize("part"); }),
              HasSubstr("part: expected an interrupted conversion of the same files"));
}

TEST_F(Tokenize, BadLinesStopOrAreSkipped) {
  const std::string file = write("bad.jsonl", "{\"text\": \"a\"}\n{\n{\"text\": \"b\"}\n").string();
  const auto convert = [&](const Reading& reading, const std::string& out) {
    return write_token_shards({file}, tokenizer_, settings_, reading, path(out), {}).documents();
  };
  EXPECT_THAT(error_of([&] { convert(test_reading(), "one"); }), HasSubstr("bad.jsonl: line 2: "));
  EXPECT_FALSE(fs::exists(path("one") / kShardIndexName));
  EXPECT_EQ(convert(test_reading(OnBadLine::kSkip), "two"), 2u);
}

}  // namespace
}  // namespace tess2::data
