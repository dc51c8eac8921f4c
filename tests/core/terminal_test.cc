#include "core/terminal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace tess2 {
namespace {

TEST(Printable, EscapesControlCharacters) {
  EXPECT_EQ(printable("a\nb\tc"), "a\\nb\\tc");
  EXPECT_EQ(printable("\033[2J"), "\\x1b[2J");
  EXPECT_EQ(printable(std::string_view("\0\x7f", 2)), "\\x00\\x7f");
}

TEST(Printable, LeavesOtherTextAlone) {
  EXPECT_EQ(printable("caf\xc3\xa9 \"x\""), "caf\xc3\xa9 \"x\"");
}

TEST(Printable, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(printable("abcdef", 3), "abc...");
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("ab\xc3\xa9z", 3), "ab...");
}

TEST(Terminal, APipeIsNoTerminal) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const Terminal terminal = terminal_of(ends[0]);
  EXPECT_FALSE(terminal.is_terminal);
  EXPECT_EQ(terminal.width, 80);
  EXPECT_EQ(terminal.height, 24);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace tess2
