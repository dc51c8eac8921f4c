#include "generate/live_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace tess2::generate {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string drawn(std::string_view text) {
  std::string out;
  for (const ShownCharacter& character : shown_characters(text)) out += character.bytes;
  return out;
}

int cells(std::string_view text) {
  int width = 0;
  for (const ShownCharacter& character : shown_characters(text)) width += character.width;
  return width;
}

CanvasFrame frame(std::int64_t step, std::vector<CanvasToken> tokens) {
  return {step, 20, std::move(tokens)};
}

TEST(ShownCharacters, NothingCommandsTheTerminal) {
  EXPECT_EQ(drawn("\033[2J"), "\xef\xbf\xbd[2J");
  EXPECT_EQ(drawn(std::string_view("a\0\b\x7f\r", 5)),
            "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(drawn("\xc2\x9b[31m"), "\xef\xbf\xbd[31m");  // U+009B, CSI in one character
  EXPECT_EQ(drawn("\x9b[31m"), "\xef\xbf\xbd[31m");      // the same as a stray byte
  EXPECT_EQ(drawn("\xe2\x80\xae"), "\xef\xbf\xbd");      // U+202E, right-to-left override
}

TEST(ShownCharacters, LineBreaksAndTabsTakeOneCell) {
  EXPECT_EQ(drawn("a\n\tb"), "a\xe2\x86\xb5 b");
  EXPECT_EQ(cells("a\n\tb"), 4);
}

TEST(ShownCharacters, TellsWidths) {
  EXPECT_EQ(cells("caf\xc3\xa9"), 4);
  EXPECT_EQ(cells("e\xcc\x81"), 1);         // combining acute accent
  EXPECT_EQ(cells("\xe6\xbc\xa2"), 2);      // U+6F22, an ideograph
  EXPECT_EQ(cells("\xf0\x9f\x98\x80"), 2);  // U+1F600, an emoji
  EXPECT_EQ(cells("\xe2\x82"), 2);          // a cut character: one sign a byte
  EXPECT_EQ(cells("\xf3\xa0\x81\x81"), 1);  // an invisible tag, shown as U+FFFD
}

TEST(LiveView, SettledTokensAreBrightAndOthersDim) {
  std::ostringstream out;
  LiveView view(out, {true, 40, 24});
  view.draw(frame(3, {{"The", true}, {" cat", true}, {" sky", false}}));
  EXPECT_EQ(out.str(),
            "step 3/20, 2 of 3 settled\n"
            "\033[0m\033[1mThe cat\033[0m\033[2m sky\033[0m\n");
}

TEST(LiveView, WrapsAtTheWidthAndKeepsTheStyle) {
  std::ostringstream out;
  LiveView view(out, {true, 4, 24});
  view.draw(frame(1, {{"abcdef", false}}));
  EXPECT_EQ(out.str(), "step\n\033[0m\033[2mabcd\033[0m\n\033[2mef\033[0m\n");
}

TEST(LiveView, AWideCharacterDoesNotStraddleTheEdge) {
  std::ostringstream out;
  LiveView view(out, {true, 3, 24});
  view.draw(frame(1, {{"ab\xe6\xbc\xa2", false}}));
  EXPECT_THAT(out.str(), HasSubstr("ab\033[0m\n\033[2m\xe6\xbc\xa2\033[0m\n"));
}

TEST(LiveView, ErasesExactlyTheFrameBefore) {
  std::ostringstream out;
  LiveView view(out, {true, 10, 24});
  view.draw(frame(1, {{std::string(25, 'x'), false}}));
  EXPECT_THAT(out.str(), Not(HasSubstr("\033[J")));
  out.str("");
  view.draw(frame(2, {{"y", true}}));
  EXPECT_TRUE(out.str().starts_with("\033[4A\r\033[Jstep 2/20")) << out.str();
  out.str("");
  view.draw(frame(3, {}));
  EXPECT_TRUE(out.str().starts_with("\033[2A\r\033[J")) << out.str();
}

TEST(LiveView, AFrameFitsTheScreenSoThatItCanBeErased) {
  std::ostringstream out;
  LiveView view(out, {true, 10, 5});
  view.draw(frame(1, {{std::string(100, 'x'), true}}));
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_TRUE(text.ends_with("\n...\n"));
}

TEST(LiveView, PlainLinesForSomeOfTheSteps) {
  std::ostringstream out;
  LiveView view(out, {false, 80, 24}, 8);
  for (std::int64_t step = 1; step <= 20; ++step) {
    view.draw(frame(step, {{"a\n", true}, {"\033[b", false}}));
  }
  const std::string canvas = ", 1 of 2 settled: a\xe2\x86\xb5\xef\xbf\xbd[b\n";
  EXPECT_EQ(out.str(), "step 1/20" + canvas + "step 8/20" + canvas + "step 16/20" + canvas +
                           "step 20/20" + canvas);
}

}  // namespace
}  // namespace tess2::generate
