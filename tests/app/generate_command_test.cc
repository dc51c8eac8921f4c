#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "app/app_test_support.h"
#include "eval/answerer.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;

using Arguments = std::vector<std::string>;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Arguments operator+(Arguments first, const Arguments& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

class GenerateCommandTest : public CommandTest {
 protected:
  // With a canvas of 40 tokens and 3 steps.
  static Arguments generate(const std::string& model, const Arguments& more) {
    return Arguments{"generate", "-q", "-m", model, "--set", "length=40", "--set", "steps=3"} +
           more;
  }
  std::string usage(const Arguments& more) const {
    return error_of(kWrongUsage, generate(make_diffusion(), more));
  }
};

TEST_F(GenerateCommandTest, PrintsTheAnswerAsTextOrIds) {
  const std::string model = make_diffusion();
  const std::string ids = out_of(generate(model, {"--prompt", "the cat", "--ids"}));
  EXPECT_THAT(ids, MatchesRegex("[0-9]+( [0-9]+)*\n"));
  std::vector<text::TokenId> tokens;
  std::istringstream in(ids);
  for (text::TokenId id = 0; in >> id;) tokens.push_back(id);
  EXPECT_EQ(out_of(generate(model, {"--prompt", "the cat"})),
            text::load_tokenizer(model)->decode(tokens) + "\n");
}

TEST_F(GenerateCommandTest, AnAnswerDoesNotDependOnThreadsOrBatch) {
  const std::string model = make_diffusion();
  Arguments eight{"--ids", "--seed", "7"};
  for (int i = 0; i < 8; ++i) eight = eight + Arguments{"--prompt", "cat " + std::to_string(i)};
  const auto together = lines_of(out_of(generate(model, eight + Arguments{"--threads", "1"})));
  ASSERT_THAT(together, SizeIs(8));
  EXPECT_EQ(lines_of(out_of(generate(model, eight + Arguments{"--threads", "2"}))), together);
  for (std::size_t i = 0; i < 8; ++i) {
    const std::string seed = std::to_string(eval::prompt_seed(7, i));
    EXPECT_EQ(
        out_of(generate(model, {"--ids", "--seed", seed, "--prompt", "cat " + std::to_string(i)})),
        together[i] + "\n");
  }
}

TEST_F(GenerateCommandTest, TheSeedsOfSeveralPromptsAreShown) {
  const std::string model = make_diffusion();
  set_log_level(LogLevel::kInfo);
  testing::internal::CaptureStderr();
  const std::string out = out_of({"generate", "-m", model, "--set", "length=40", "--set", "steps=1",
                                  "--seed", "7", "--prompt", "a", "--prompt", "b"});
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "prompt 1: seed 7\nprompt 2: seed " + std::to_string(eval::prompt_seed(7, 1)) + "\n");
}

TEST_F(GenerateCommandTest, StepsThatWereSavedAreTold) {
  const std::string model = make_diffusion();
  const auto told = [&](const Arguments& more) {
    set_log_level(LogLevel::kInfo);
    testing::internal::CaptureStderr();
    out_of(Arguments{"generate", "-m", model, "--set", "length=40", "--prompt", "a"} + more);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(told({"--steps", "5"}), "");
  EXPECT_EQ(told({"--steps", "auto", "--set", "converge.schedule_steps=4"}), "prompt: 4 steps\n");
  EXPECT_EQ(told({"--set", "until_converged=true", "--set", "converge.schedule_steps=4"}),
            "prompt: 4 steps\n");
}

TEST_F(GenerateCommandTest, StepsIsTheKeysShorthand) {
  const std::string model = make_diffusion();
  const Arguments prompt{"--ids", "--prompt", "the cat"};
  const std::string five = out_of(generate(model, prompt + Arguments{"--steps", "5"}));
  EXPECT_EQ(five, out_of(generate(model, prompt + Arguments{"--set", "steps=5"})));
  EXPECT_NE(five, out_of(generate(model, prompt)));
  EXPECT_EQ(usage({"--prompt", "a", "--steps", "many"}),
            "--steps: expected integer >= 1 or auto, found many");
  EXPECT_THAT(
      error_of(kWrongUsage, generate(make_causal(), {"--prompt", "a", "--ar", "--steps", "auto"})),
      HasSubstr("not with --ar"));
}

TEST_F(GenerateCommandTest, GreedyIsANucleusOfTheBest) {
  const std::string model = make_diffusion();
  const Arguments prompt{"--ids", "--prompt", "the cat"};
  const std::string greedy = out_of(generate(model, prompt + Arguments{"--greedy"}));
  EXPECT_EQ(greedy, out_of(generate(model, prompt + Arguments{"--set", "top_p=0"})));
  EXPECT_NE(greedy, out_of(generate(model, prompt)));
}

TEST_F(GenerateCommandTest, LiveShowsTheStepsAndThenTheSameAnswer) {
  const std::string model = make_diffusion();
  const Arguments prompts{"--prompt", "the cat", "--prompt", "a log"};
  const std::string plain = out_of(generate(model, prompts));
  const std::string live = out_of(generate(model, prompts + Arguments{"--live"}));
  EXPECT_EQ(live.find("step 1/3, 0 of "), 0U);
  EXPECT_THAT(live, HasSubstr("\nstep 3/3, "));
  std::string answers;
  for (std::size_t at = 0; at < live.size();) {
    const std::size_t end = live.find('\n', at) + 1;
    if (live.compare(at, 5, "step ") != 0) answers += live.substr(at, end - at);
    at = end;
  }
  EXPECT_EQ(answers, plain);
}

TEST_F(GenerateCommandTest, RawPromptsHaveNoDialogueForm) {
  const std::string model = make_diffusion();
  EXPECT_NE(out_of(generate(model, {"--raw", "--ids", "--prompt", "cat"})),
            out_of(generate(model, {"--ids", "--prompt", "cat"})));
  EXPECT_FALSE(out_of(generate(model, {"--raw", "--ids", "--prompt", ""})).empty());
}

TEST_F(GenerateCommandTest, GuidanceChangesTheAnswer) {
  const Arguments prompt{"--ids", "--prompt", "the cat", "--reward-model", make_reward()};
  const std::string model = make_diffusion();
  const std::string guided =
      out_of(generate(model, prompt + Arguments{"--set", "guidance.scale=100000"}));
  EXPECT_NE(guided, out_of(generate(model, prompt)));
  EXPECT_EQ(out_of(generate(model, prompt)),
            out_of(generate(model, {"--ids", "--prompt", "the cat"})));
}

TEST_F(GenerateCommandTest, TheAutoregressiveModelGoesOnAfterThePrompt) {
  const std::string model = make_causal();
  const Arguments prompt{"--ar", "--raw", "--ids", "--prompt", "the cat"};
  auto prompt_ids = text::load_tokenizer(model)->encode("the cat");
  prompt_ids.insert(prompt_ids.begin(), 1);
  const std::string start = ids_text(prompt_ids);
  const std::string three =
      out_of(generate(model, prompt + Arguments{"--greedy", "--max-new-tokens", "3"}));
  EXPECT_EQ(three.find(start + " "), 0U);
  EXPECT_THAT(three.substr(start.size()), MatchesRegex("( [0-9]+){1,3}\n"));
  EXPECT_EQ(out_of(generate(model, prompt + Arguments{"--greedy", "--max-new-tokens", "2"})),
            three.substr(0, three.rfind(' ')) + "\n");
}

TEST_F(GenerateCommandTest, ScoringPrintsOneNumberAPrompt) {
  const Arguments score{"--ar", "--score", "--raw"};
  const std::string out =
      out_of(generate(make_causal(), score + Arguments{"--prompt", "the cat", "--prompt", "a"}));
  EXPECT_THAT(out, MatchesRegex("[0-9]\\.[0-9]{6}\n[0-9]\\.[0-9]{6}\n"));
  // Weights of chance say little: about log V a token.
  EXPECT_NEAR(std::stod(out), std::log(321.0), 0.1);
  EXPECT_EQ(error_of(2, generate(make_causal(), score + Arguments{"--prompt", ""})),
            "prompt: expected text to score, found none");
}

TEST_F(GenerateCommandTest, AnEmptyPromptIsWrongUsage) {
  EXPECT_EQ(usage({"--prompt", ""}), "prompt: it is empty");
  EXPECT_EQ(usage({"--prompt", " \n"}), "prompt: it is empty");
  EXPECT_EQ(usage({"--prompt", "a", "--prompt", ""}), "prompt 2: it is empty");
}

TEST_F(GenerateCommandTest, APromptLongerThanTheCanvasIsWrongUsage) {
  const std::string prompt(60, 'x');
  EXPECT_THAT(usage({"--prompt", prompt}),
              MatchesRegex("prompt 1: expected fewer tokens than the canvas \\(40\\), found "
                           "[0-9]+; raise `length` or shorten the prompt"));
  EXPECT_THAT(error_of(2, generate(make_causal(), {"--ar", "--prompt", prompt})),
              MatchesRegex("prompt 1: expected fewer tokens than `length` \\(40\\), found [0-9]+; "
                           "raise `length` or shorten the prompt"));
}

TEST_F(GenerateCommandTest, OptionsThatContradictAreWrongUsage) {
  EXPECT_EQ(usage({"--prompt", "a", "--score"}), "--score: needs --ar");
  EXPECT_EQ(usage({"--prompt", "a", "--live", "--ar"}),
            "--live: not with --ar, which has no canvas");
  EXPECT_EQ(usage({"--prompt", "a", "--max-new-tokens", "3"}),
            "--max-new-tokens: needs --ar; a diffusion model's canvas has `length`");
  EXPECT_EQ(usage({"--prompt", "a", "--ar", "--max-new-tokens", "0"}),
            "--max-new-tokens: expected integer >= 1, found 0");
  EXPECT_EQ(usage({"--prompt", "a", "--set", "guidance.scale=1"}),
            "guidance.scale: needs a reward model (--reward-model)");
  EXPECT_EQ(usage({"--prompt", "a", "--ar", "--set", "guidance.scale=1"}),
            "guidance.scale: expected 0 with --ar, for only diffusion can be guided");
  EXPECT_EQ(error_of(2, {"generate", "--prompt", "a"}),
            "--model: expected a checkpoint's folder, found nothing");
}

TEST_F(GenerateCommandTest, UnknownOptionsAndKeysNameTheNearest) {
  EXPECT_EQ(usage({"--promt", "a"}), "unknown option --promt (did you mean --prompt?)");
  EXPECT_EQ(usage({"--set", "step=3"}), "--set step: unknown key (did you mean steps?)");
  EXPECT_EQ(usage({"--set", "steps=many"}), "--set steps: expected integer >= 1, found many");
}

TEST_F(GenerateCommandTest, HelpTeachesByExample) {
  const std::string help = out_of({"generate", "--help"});
  EXPECT_THAT(help, HasSubstr("  -m, --model DIR"));
  EXPECT_THAT(help, HasSubstr("guidance.scale"));
  EXPECT_THAT(help, HasSubstr("\nexample:\n  tess2 generate -m "));
}

}  // namespace
}  // namespace tess2::app
