#include "data/records.h"

#include <gmock/gmock.h>

#include "data/fixtures.h"

namespace tess2::data {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;

class Records : public FolderTest {
 protected:
  static std::vector<Record> rest_of(RecordReader& reader) {
    std::vector<Record> records;
    for (Record record; reader.next(record);) records.push_back(record);
    return records;
  }
  static std::vector<std::string> texts_of(const std::vector<Record>& records) {
    std::vector<std::string> texts;
    for (const Record& record : records) texts.push_back(record.text);
    return texts;
  }

  /// Lines of JSON in each form, and a text of several pieces.
  std::vector<std::filesystem::path> files() const {
    std::string large;
    while (large.size() < 5 * kTextPiece / 2) large += std::string(1000, 'x') + "\n";
    return {write("a.jsonl", "{1}\n\n {2}\r\n"), write_gzip("b.jsonl.gz", "{3}\n{4}"),
            write("c.txt", large), write_zstd("d.json.zst", "\n{5}\n  \n")};
  }
};

TEST_F(Records, AreLinesAndPiecesOfText) {
  RecordReader reader(files());
  const auto records = rest_of(reader);
  ASSERT_EQ(records.size(), 8u);
  EXPECT_THAT(texts_of({records.begin(), records.begin() + 4}),
              ElementsAre("{1}", " {2}", "{3}", "{4}"));
  EXPECT_EQ(records[1].place.number, 3u);
  EXPECT_EQ(records[1].place.file.filename(), "a.jsonl");
  EXPECT_TRUE(records[1].begins && records[1].ends);
  std::string joined;
  for (std::size_t i = 4; i < 7; ++i) {
    EXPECT_EQ(records[i].kind, InputKind::kText);
    EXPECT_EQ(records[i].begins, i == 4);
    EXPECT_EQ(records[i].ends, i == 6);
    joined += records[i].text;
  }
  EXPECT_EQ(joined.size(), std::filesystem::file_size(folder() / "c.txt"));
  EXPECT_GE(records[4].text.size(), kTextPiece);
  EXPECT_TRUE(records[4].text.ends_with('\n'));
  EXPECT_EQ(records[7].text, "{5}");
  EXPECT_EQ(reader.stored_bytes_read(), reader.stored_bytes());
}

TEST_F(Records, CanBeGoneOnWithFromEachPlace) {
  RecordReader reader(files());
  const auto records = rest_of(reader);
  for (std::size_t i = 0; i < records.size(); ++i) {
    RecordReader later(reader.files());
    later.seek(records[i].before);
    const auto rest = rest_of(later);
    ASSERT_EQ(rest.size(), records.size() - i);
    EXPECT_EQ(rest[0].text, records[i].text);
    EXPECT_EQ(rest[0].place.number, records[i].place.number);
    EXPECT_EQ(rest[0].begins, records[i].begins);
    later.seek(records[i].after);
    EXPECT_EQ(rest_of(later).size(), records.size() - i - 1);
  }
  EXPECT_THAT(error_of([&] {
                reader.seek({5, 0, 0});
              }),
              EndsWith("expected one of 4 files, found file 5"));
}

TEST_F(Records, AFileWithoutAnyIsNamedAndTheNextOneFollows) {
  RecordReader reader(
      {write("a.jsonl", "\n\n"), write_gzip("b.txt.gz", ""), write("c.jsonl", "{1}")});
  Record record;
  EXPECT_THAT(error_of([&] { reader.next(record); }),
              EndsWith("a.jsonl: expected JSON lines, found an empty file"));
  EXPECT_THAT(error_of([&] { reader.next(record); }),
              EndsWith("b.txt.gz: expected text, found an empty file"));
  EXPECT_THAT(texts_of(rest_of(reader)), ElementsAre("{1}"));
}

}  // namespace
}  // namespace tess2::data
