// Runs the built program, as a shell would.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace tess2::app {
namespace {

using testing::HasSubstr;

struct Outcome {
  int code;
  std::string text;  // what the redirections leave on standard output
};

Outcome run(const std::string& arguments, const std::string& redirections = "2>&1") {
  const std::string command =
      std::string("'") + TESS2_PROGRAM + "' " + arguments + " " + redirections;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {-1, "cannot start " + command};
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = fread(buffer.data(), 1, buffer.size(), pipe)) {
    text.append(buffer.data(), count);
  }
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
}

TEST(Tess2Binary, PrintsTheOverviewAndTheVersions) {
  const Outcome overview = run("");
  EXPECT_EQ(overview.code, 0);
  EXPECT_THAT(overview.text, HasSubstr("usage: tess2 COMMAND"));
  const Outcome version = run("--version");
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.text, HasSubstr("LibTorch"));
}

TEST(Tess2Binary, WrongUsageExitsWithTwoAndOneLine) {
  const Outcome outcome = run("--hepl");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.text, "tess2: unknown option --hepl (did you mean --help?)\n");
  EXPECT_EQ(run("no-such-command").code, 2);
}

TEST(Tess2Binary, AFullDiskUnderTheOutputExitsWithOne) {
  const Outcome outcome = run("--help", "2>&1 >/dev/full");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.text, "tess2: standard output: cannot be written\n");
}

}  // namespace
}  // namespace tess2::app
