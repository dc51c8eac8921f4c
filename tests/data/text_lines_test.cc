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

TEST_F(TextLines, KnowsItsPlaceAndGoesOnThere) {
  const std::string text = "one\r\n\n" + std::string(70000, 'x') + "\nfour";
  for (const auto& file : {write("a", text), write_gzip("b", text), write_zstd("c", text)}) {
    LineReader reader(file);
    std::string line;
    ASSERT_TRUE(reader.next(line) && reader.next(line));
    EXPECT_EQ(reader.offset(), 6u);
    LineReader later(file);
    later.skip(reader.offset(), reader.number());
    ASSERT_TRUE(later.next(line));
    EXPECT_EQ(line.size(), 70000u);
    EXPECT_EQ(later.number(), 3u);
    EXPECT_TRUE(later.has_more());
    ASSERT_TRUE(later.next(line));
    EXPECT_EQ(line, "four");
    EXPECT_FALSE(later.has_more());
    EXPECT_EQ(later.offset(), text.size());
  }
}

}  // namespace
}  // namespace tess2::data
