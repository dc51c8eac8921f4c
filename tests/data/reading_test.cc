#include "data/reading.h"

#include <gmock/gmock.h>

#include "core/settings.h"
#include "support/temporary_folder.h"

namespace tess2::data {
namespace {

using test_support::error_of;
using ::testing::HasSubstr;

FormatError bad_line(int number) {
  return {"a.jsonl", "line " + std::to_string(number), "an object", "nothing"};
}

TEST(ReadingLog, StopsAtABadLine) {
  ReadingLog log(OnBadLine::kStop);
  EXPECT_EQ(error_of([&] { log.add_bad_line(bad_line(3)); }),
            "a.jsonl: line 3: expected an object, found nothing");
  EXPECT_EQ(log.bad_lines(), 0);
}

TEST(ReadingLog, CountsWhatIsSkippedAndTellsOfTheFirst) {
  std::vector<std::string> told;
  ReadingLog log(OnBadLine::kSkip, [&](const std::string& line) { told.push_back(line); });
  for (int i = 1; i <= 30; ++i) log.add_bad_line(bad_line(i));
  EXPECT_EQ(log.bad_lines(), 30);
  ASSERT_EQ(told.size(), 11u);
  EXPECT_EQ(told[9], "skipped: a.jsonl: line 10: expected an object, found nothing");
  EXPECT_EQ(told[10], "bad lines: more are skipped and only counted");
}

TEST(ReadingSettings, AreChecked) {
  ReadingSettings settings;
  SettingsTable table(settings);
  table.set("on_bad_line=skip", "--set");
  EXPECT_EQ(settings.on_bad_line, OnBadLine::kSkip);
  EXPECT_THAT(error_of([&] { table.set("on_bad_line=ask", "--set"); }),
              HasSubstr("expected one of stop, skip, found ask"));
  EXPECT_THAT(error_of([&] { table.set("workers=0", "--set"); }), HasSubstr(">= 1"));
}

}  // namespace
}  // namespace tess2::data
