#include "data/encoded_records.h"

#include <gmock/gmock.h>

#include <thread>

#include "data/documents.h"
#include "data/fixtures.h"

namespace tess2::data {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

/// Encodes late what comes early, so that threads finish out of order.
class UnevenEncoder final : public RecordEncoder {
 public:
  using RecordEncoder::RecordEncoder;
  EncodedRecord encode(const Record& record) const override {
    if (record.place.number % 128 < 64) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    if (record.text == "bad") throw_line_error(record.place, "", "a good line", "a bad one");
    return {{{tokenizer().encode(record.text), 0}}, 0};
  }
  std::string least() const override { return "a record"; }
};

class EncodedRecordsTest : public FolderTest {
 protected:
  static std::string lines(int count, int bad = 0) {
    std::string text;
    for (int i = 1; i <= count; ++i) {
      text += i == bad ? "bad\n" : "line " + std::to_string(i) + "\n";
    }
    return text;
  }

  EncodedRecords open(std::vector<std::filesystem::path> files, const Reading& reading) const {
    return {std::move(files), std::make_shared<UnevenEncoder>(tokenizer_), reading};
  }
  std::vector<std::string> rest_of(EncodedRecords& records) const {
    std::vector<std::string> texts;
    while (const auto record = records.next()) {
      texts.push_back(tokenizer_.decode(record->encoded.examples.at(0).ids));
    }
    return texts;
  }

  const ByteTokenizer tokenizer_;
};

TEST_F(EncodedRecordsTest, ComeInTheOrderOfTheFilesForAnyNumberOfThreads) {
  const std::vector files{write("a.jsonl", lines(700)), write_zstd("b.jsonl.zst", lines(300))};
  std::vector<std::string> expected;
  for (const int count : {700, 300}) {
    for (int i = 1; i <= count; ++i) expected.push_back("line " + std::to_string(i));
  }
  for (const std::int64_t workers : {1, 2, 5}) {
    auto records = open(files, test_reading(OnBadLine::kStop, workers));
    EXPECT_EQ(rest_of(records), expected) << workers;
    EXPECT_FALSE(records.next());
  }
}

TEST_F(EncodedRecordsTest, GoOnFromAPlace) {
  const std::vector files{write_gzip("a.jsonl.gz", lines(200)), write("b.jsonl", lines(50))};
  auto records = open(files, test_reading());
  RecordPlace place;
  for (int i = 0; i < 150; ++i) place = records.next().value().after;
  const auto expected = rest_of(records);
  ASSERT_EQ(expected.size(), 100u);
  records.seek(place);
  EXPECT_EQ(rest_of(records), expected);
}

TEST_F(EncodedRecordsTest, ABadLineInACompressedFileStopsOrIsSkipped) {
  for (const auto& file :
       {write_gzip("a.jsonl.gz", lines(500, 311)), write_zstd("a.jsonl.zst", lines(500, 311))}) {
    auto stopping = open({file}, test_reading());
    EXPECT_EQ(error_of([&] { rest_of(stopping); }),
              file.string() + ": line 311: expected a good line, found a bad one");
    const Reading reading = test_reading(OnBadLine::kSkip);
    auto skipping = open({file}, reading);
    EXPECT_EQ(rest_of(skipping).size(), 499u);
    EXPECT_EQ(reading.log->bad_lines(), 1);
  }
}

TEST_F(EncodedRecordsTest, AnEmptyFileIsABadLine) {
  const std::vector files{write("a.jsonl", lines(3)), write("b.jsonl", ""),
                          write("c.jsonl", lines(4))};
  auto stopping = open(files, test_reading());
  EXPECT_THAT(error_of([&] { rest_of(stopping); }), EndsWith("b.jsonl: expected JSON lines, found "
                                                             "an empty file"));
  const Reading reading = test_reading(OnBadLine::kSkip);
  auto skipping = open(files, reading);
  EXPECT_EQ(rest_of(skipping).size(), 7u);
  EXPECT_EQ(reading.log->bad_lines(), 1);
}

TEST_F(EncodedRecordsTest, ATruncatedFileStopsInEachCaseAfterWhatIsWhole) {
  for (const auto& file :
       {write_gzip("a.jsonl.gz", lines(60000)), write_zstd("a.jsonl.zst", lines(60000))}) {
    std::filesystem::resize_file(file, std::filesystem::file_size(file) * 3 / 4);
    auto records = open({file}, test_reading(OnBadLine::kSkip));
    EXPECT_EQ(tokenizer_.decode(records.next().value().encoded.examples[0].ids), "line 1");
    EXPECT_THAT(error_of([&] { rest_of(records); }),
                HasSubstr("ends in the middle of its compressed data"));
  }
}

}  // namespace
}  // namespace tess2::data
