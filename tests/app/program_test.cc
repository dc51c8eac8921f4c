#include "app/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <new>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "core/error.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;

int count_arguments(const CommandLine& line) {
  line.out << line.command.name << " " << line.arguments.size() << "\n";
  return kDone;
}
int fail_with_file(const CommandLine&) {
  throw FileError("model.safetensors", "disk full");
}
int fail_with_usage(const CommandLine&) {
  throw UsageError("steps: expected more");
}
int fail_with_trace(const CommandLine&) {
  throw std::runtime_error("bad shape\nframe #0\n");
}
int fail_with_memory(const CommandLine&) {
  throw std::bad_alloc();
}
int break_output(const CommandLine& line) {
  line.out.setstate(std::ios::badbit);
  return kDone;
}

constexpr std::array<Command, 6> kCommands = {{
    {"count", "Count arguments", "tess2 count a b", count_arguments},
    {"file", "Fail on a file", "tess2 file", fail_with_file},
    {"usage", "Fail on usage", "tess2 usage", fail_with_usage},
    {"trace", "Fail with a trace", "tess2 trace", fail_with_trace},
    {"memory", "Fail for memory", "tess2 memory", fail_with_memory},
    {"break", "Break the output", "tess2 break", break_output},
}};

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

Outcome run(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = run_program(arguments, kCommands, out, err);
  return {code, out.str(), err.str()};
}

TEST(Program, HandsTheRestToTheCommand) {
  const Outcome outcome = run({"count", "a", "--b"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "count 2\n");
  EXPECT_EQ(outcome.err, "");
}

TEST(Program, TellsFailureFromWrongUsage) {
  EXPECT_EQ(run({"file"}).code, 1);
  EXPECT_EQ(run({"file"}).err, "tess2: model.safetensors: disk full\n");
  EXPECT_EQ(run({"usage"}).code, 2);
  EXPECT_EQ(run({"usage"}).err, "tess2: steps: expected more\n");
  EXPECT_EQ(run({"memory"}).code, 1);
  EXPECT_EQ(run({"memory"}).err, "tess2: out of memory\n");
}

TEST(Program, AnErrorIsOneLine) {
  EXPECT_EQ(run({"trace"}).code, 1);
  EXPECT_EQ(run({"trace"}).err, "tess2: bad shape\n");
}

TEST(Program, UnknownCommandsAndOptionsNameTheNearest) {
  EXPECT_EQ(run({"cuont"}).code, 2);
  EXPECT_EQ(run({"cuont"}).err, "tess2: unknown command cuont (did you mean count?)\n");
  EXPECT_EQ(run({"--verison"}).code, 2);
  EXPECT_EQ(run({"--verison"}).err, "tess2: unknown option --verison (did you mean --version?)\n");
}

TEST(Program, OutputThatCannotBeWrittenIsAFailure) {
  const Outcome outcome = run({"break"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "tess2: standard output: cannot be written\n");
}

TEST(Program, TheOverviewListsCommandsAndExamples) {
  const std::vector<std::vector<std::string>> ways = {{}, {"--help"}, {"-h"}};
  for (const auto& arguments : ways) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("\ncommands:\n  count   Count arguments\n"));
    EXPECT_THAT(outcome.out, HasSubstr("\nexamples:\n  tess2 count a b\n"));
  }
}

TEST(Program, TheVersionNamesTheLibraries) {
  const Outcome outcome = run({"--version"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out,
              testing::MatchesRegex("tess2 [0-9.]+\nLibTorch [0-9.]+[^\n]*\noneDNN [0-9.]+\n"));
}

}  // namespace
}  // namespace tess2::app
