#include "data/text_lines.h"

#include <gmock/gmock.h>

#include "data/fixtures.h"

namespace tess2::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TextLines : public FolderTest {};

std::vector<std::string> read_all(const std::filesystem::path& file) {
  LineReader reader(file);
  std::vector<std::string> lines;
  for (std::string line; reader.next(line);) {
    lines.push_back(line);
    EXPECT_EQ(reader.number(), lines.size());
  }
  return lines;
}

TEST_F(TextLines, KeepsEmptyLinesAndTakesEitherLineEnd) {
  EXPECT_THAT(read_all(write("a", "one\r\n\ntwo\n")), ElementsAre("one", "", "two"));
  EXPECT_THAT(read_all(write("b", "one\ntwo")), ElementsAre("one", "two"));
  EXPECT_TRUE(read_all(write("c", "")).empty());
}

TEST_F(TextLines, ReadsGzipAndLinesLongerThanItsBuffer) {
  const std::string longest(200000, 'x');
  EXPECT_THAT(read_all(write_gzip("a.gz", longest + "\nend\n")), ElementsAre(longest, "end"));
}

TEST_F(TextLines, SaysWhatIsWrongWithAFile) {
  EXPECT_THAT(error_of([&] { LineReader(folder() / "none"); }),
              HasSubstr("none: cannot be opened: No such file"));
  EXPECT_THAT(error_of([&] { LineReader{folder()}; }), HasSubstr("is a folder"));
}

TEST_F(TextLines, NoticesATruncatedGzipFile) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::to_string(i * 7919) + "\n";
  const auto file = write_gzip("a.gz", text);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  EXPECT_THAT(error_of([&] { read_all(file); }), HasSubstr("middle of its compressed data"));
}

TEST_F(TextLines, NoticesADamagedGzipFile) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::to_string(i * 7919) + "\n";
  const auto file = write_gzip("a.gz", text);
  std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
  damage.seekp(5000);
  damage << std::string(100, '\xff');
  damage.close();
  EXPECT_THROW(read_all(file), FileError);
}

}  // namespace
}  // namespace tess2::data
