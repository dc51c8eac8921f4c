#include "data/file_examples.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "data/dialogues.h"
#include "data/documents.h"
#include "data/fixtures.h"

namespace tess2::data {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class FileExamplesTest : public FolderTest {
 protected:
  FileExamplesTest() {
    std::string documents, dialogues;
    for (int i = 0; i < 40; ++i) {
      documents += json{{"text", std::string(static_cast<std::size_t>(7 * i % 50), 'a')}}.dump();
      const json turn{{"role", "user"}, {"content", std::to_string(i)}};
      const json answer{{"role", "assistant"}, {"content", "yes"}};
      dialogues += json{{"messages", json::array({turn, answer, turn, answer})}}.dump();
      documents += '\n';
      dialogues += '\n';
    }
    documents_ = {write_gzip("a.jsonl.gz", documents), write("b.txt", std::string(100, 'b')),
                  write_zstd("c.jsonl.zst", documents)};
    dialogues_ = {write("d.jsonl", dialogues)};
  }

  std::unique_ptr<FileExamples> rows(std::size_t length, std::int64_t workers = 2) const {
    return std::make_unique<FileExamples>(documents_,
                                          std::make_shared<DocumentEncoder>(tokenizer_, length),
                                          test_reading(OnBadLine::kStop, workers));
  }
  std::unique_ptr<FileExamples> pairs() const {
    return std::make_unique<FileExamples>(
        dialogues_,
        std::make_shared<DialogueEncoder>(tokenizer_, text::DialogueMode::kEachPair, 64),
        test_reading());
  }
  static std::vector<Example> rest_of_epoch(ExampleStream& stream) {
    std::vector<Example> examples;
    while (auto example = stream.next()) examples.push_back(std::move(*example));
    return examples;
  }

  const ByteTokenizer tokenizer_;
  std::vector<std::filesystem::path> documents_;
  std::vector<std::filesystem::path> dialogues_;
};

TEST_F(FileExamplesTest, EpochsAreAllFilesOnceAndAllTheSame) {
  const auto stream = rows(16);
  const auto epoch = rest_of_epoch(*stream);
  std::size_t tokens = 100 + 1 + 2;
  for (std::size_t i = 0; i < 40; ++i) tokens += 2 * (7 * i % 50 + 2);
  EXPECT_EQ(epoch.size(), tokens / 16);
  EXPECT_EQ(rest_of_epoch(*stream), epoch);
  EXPECT_EQ(rest_of_epoch(*rows(16, 5)), epoch);
}

TEST_F(FileExamplesTest, CanBeGoneOnWithFromEveryPlace) {
  for (const bool documents : {true, false}) {
    const auto open = [&] { return documents ? rows(16) : pairs(); };
    const auto stream = open(), later = open();
    const auto epoch = rest_of_epoch(*stream);
    ASSERT_GT(epoch.size(), 60u);
    for (std::size_t i = 0; i < epoch.size(); ++i) {
      const std::string position = stream->position().dump();
      later->seek(json::parse(position));
      EXPECT_EQ(later->position().dump(), position);
      ASSERT_EQ(later->next().value(), epoch[i]) << position;
      ASSERT_EQ(stream->next().value(), epoch[i]);
    }
    later->seek(stream->position());
    EXPECT_FALSE(later->next()) << "the end of the epoch";
    EXPECT_EQ(rest_of_epoch(*later), epoch);
  }
}

TEST_F(FileExamplesTest, APlaceInOtherDataIsRefused) {
  const auto stream = rows(16);
  stream->next();
  const json position = stream->position();
  const auto problem = [&](const char* key, const json& value) {
    json changed = position;
    changed[key] = value;
    return error_of([&] {
      stream->seek(changed);
      stream->next();
    });
  };
  EXPECT_THAT(problem("data", "3 files 0"),
              HasSubstr("position in the data: expected one in 3 files "));
  EXPECT_THAT(problem("offset", "x"),
              HasSubstr("offset: expected a whole number, found something"));
  EXPECT_THAT(problem("file", 9), HasSubstr("expected one of 3 files, found file 9"));
  EXPECT_THAT(problem("used", 999), HasSubstr("used: expected at most"));
  EXPECT_THAT(error_of([&] { stream->seek(json::array()); }), HasSubstr("found none"));
  write("b.txt", "other");
  EXPECT_THAT(error_of([&] { rows(16)->seek(position); }), HasSubstr("expected one in 3 files "));
}

TEST_F(FileExamplesTest, DataWithoutAnExampleAreRefusedInEachEpoch) {
  FileExamples stream({write("e.txt", "abc")}, std::make_shared<DocumentEncoder>(tokenizer_, 50),
                      test_reading());
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(error_of([&] { stream.next(); }),
                HasSubstr("e.txt: expected at least one row of 50 ids, found none"));
  }
}

}  // namespace
}  // namespace tess2::data
