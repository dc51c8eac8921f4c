// Runs the built program, as a shell would.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "app/app_test_support.h"
#include "app/running_program.h"
#include "train/checkpoints.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;

struct ProcessOutcome {
  int code;
  std::string text;  // what the redirections leave on standard output
};

// `before` is what the shell does first.
ProcessOutcome run(const std::string& arguments, const std::string& redirections = "2>&1",
                   const std::string& before = "") {
  const std::string command = before + "'" + TESS2_PROGRAM + "' " + arguments + " " + redirections;
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
  const ProcessOutcome overview = run("");
  EXPECT_EQ(overview.code, 0);
  EXPECT_THAT(overview.text, HasSubstr("usage: tess2 COMMAND"));
  const ProcessOutcome version = run("--version");
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.text, HasSubstr("LibTorch"));
}

TEST(Tess2Binary, WrongUsageExitsWithTwoAndOneLine) {
  const ProcessOutcome outcome = run("--hepl");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.text, "tess2: unknown option --hepl (did you mean --help?)\n");
  EXPECT_EQ(run("no-such-command").code, 2);
}

TEST(Tess2Binary, AFullDiskUnderTheOutputExitsWithOne) {
  const ProcessOutcome outcome = run("--help", "2>&1 >/dev/full");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.text, "tess2: standard output: cannot be written\n");
}

class Tess2BinaryFiles : public CommandTest {};

TEST_F(Tess2BinaryFiles, WithoutPromptOptionStandardInputIsThePrompt) {
  const std::string generate =
      "generate -q --ids --set length=40 --set steps=2 -m '" + make_diffusion() + "'";
  const ProcessOutcome piped = run(generate, "2>&1", "echo 'the cat' | ");
  EXPECT_EQ(piped.code, 0);
  EXPECT_EQ(piped.text, run(generate + " --prompt 'the cat'").text);
  EXPECT_NE(piped.text, run(generate + " --prompt 'the dog'").text);
  const ProcessOutcome nothing = run(generate, "2>&1 </dev/null");
  EXPECT_EQ(nothing.code, 2);
  EXPECT_EQ(nothing.text, "tess2: prompt: it is empty\n");
}

// A limit on the size of files fails like a full disk, in the middle of the weights.
TEST_F(Tess2BinaryFiles, AFullDiskWhileSavingLeavesTheOldCheckpoint) {
  const std::string base = make_causal();
  const std::string old = make_diffusion();
  const std::string weights = read(path("tuned") / "model.safetensors");
  std::string text;
  for (int i = 0; i < 40; ++i) text += "the cat sat on the mat and the dog sat on the log\n";
  const std::string data = write("documents.txt", text);
  const auto names = test_support::names_in(path(""));
  const ProcessOutcome outcome =
      run("adapt -q --set loop.steps=1 --set length=32 --set loop.batch_size=2 --set base='" +
              base + "' --set data.train='" + data + "' --set data.validation='" + data +
              "' --set data.output='" + old + "'",
          "2>&1", "trap '' XFSZ; ulimit -f 20; ");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.text, testing::MatchesRegex("tess2: [^\n]*model.safetensors: cannot be "
                                                  "written: File too large\n"));
  EXPECT_EQ(test_support::names_in(path("")), names);
  EXPECT_TRUE(test_support::names_in(path("tuned/checkpoints")).empty());
  EXPECT_EQ(read(path("tuned") / "model.safetensors"), weights);
}

// Trains for longer than a test may take unless it is stopped.
std::vector<std::string> long_run(const std::string& base, const std::string& data,
                                  const std::string& output) {
  std::vector<std::string> arguments = {"adapt", "--set", "loop.steps=1000000"};
  for (const std::string& setting :
       {"base=" + base, "data.train=" + data, "data.validation=" + data, "data.output=" + output,
        std::string("length=32"), std::string("loop.batch_size=2")}) {
    arguments.insert(arguments.end(), {"--set", setting});
  }
  return arguments;
}

TEST_F(Tess2BinaryFiles, ASignalStopsTrainingWithACheckpointFromWhichItGoesOn) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "the cat sat on the mat and the dog sat on the log\n";
  const std::string output = path("out").string();
  const auto arguments = long_run(make_causal(), write("documents.txt", text), output);
  const auto steps_told = [&] {
    const std::string metrics = read(path("out") / "metrics.jsonl");
    std::ptrdiff_t count = 0;
    for (auto at = metrics.find("gradient_norm"); at != std::string::npos; ++count) {
      at = metrics.find("gradient_norm", at + 1);
    }
    return count;
  };
  for (const std::ptrdiff_t wanted : {3, 30}) {
    const std::ptrdiff_t before = steps_told();
    RunningProgram program(arguments);
    for (int i = 0; i < 3000 && steps_told() < before + wanted; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    program.send(wanted == 3 ? SIGTERM : SIGINT);
    EXPECT_EQ(program.wait(), 1);
    const train::Checkpoints checkpoints(path("out") / "checkpoints");
    EXPECT_EQ(checkpoints.last(), steps_told());
    EXPECT_GE(steps_told(), before + wanted);
  }
  EXPECT_FALSE(std::filesystem::exists(path("out") / "config.json"));
}

}  // namespace
}  // namespace tess2::app
