// `pretrain`, `adapt`, `tune` and `reward`, a few steps each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/app_test_support.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;

constexpr const char* kDialogue =
    R"({"messages":[{"role":"user","content":"the cat?"},{"role":"assistant","content":"sat"}]})";
constexpr const char* kPair = R"({"prompt":"a cat?","chosen":"the cat sat","rejected":"a log"})";

class TrainingCommandsTest : public CommandTest {
 protected:
  TrainingCommandsTest() {
    documents_ = write("documents.txt", repeated("the cat sat on the mat and the dog sat\n"));
    dialogues_ = write("dialogues.jsonl", repeated(std::string(kDialogue) + "\n"));
    pairs_ = write("pairs.jsonl", repeated(std::string(kPair) + "\n"));
  }

  static std::string repeated(const std::string& line) {
    std::string lines;
    for (int i = 0; i < 40; ++i) lines += line;
    return lines;
  }

  // Two steps of a run that reads `data` and writes the folder `output`, with more settings.
  std::vector<std::string> training(const std::string& command, const std::string& data,
                                    const std::string& output,
                                    const std::vector<std::string>& settings) const {
    std::vector<std::string> arguments{command, "-q"};
    const auto set = [&](const std::string& setting) {
      arguments.insert(arguments.end(), {"--set", setting});
    };
    set("data.train=" + data);
    set("data.validation=" + data);
    set("data.output=" + path(output).string());
    for (const char* setting : {"loop.steps=2", "loop.batch_size=2", "length=48"}) set(setting);
    for (const std::string& setting : settings) set(setting);
    return arguments;
  }

  std::vector<std::string> pretraining(const std::string& output) const {
    return training("pretrain", documents_, output,
                    {"tokenizer=" + path("tokenizer").string(), "model.hidden_size=16",
                     "model.intermediate_size=24", "model.layers=1", "model.heads=2",
                     "model.key_value_heads=1"});
  }

  std::string train(const std::vector<std::string>& arguments) const { return out_of(arguments); }
  std::string kind(const std::string& name) const {
    const std::string text = out_of({"inspect", path(name).string()});
    const auto begin = text.find("kind: ") + 6;
    return text.substr(begin, text.find('\n', begin) - begin);
  }
  std::string base_setting() const { return "base=" + path("base").string(); }

  std::string documents_;
  std::string dialogues_;
  std::string pairs_;
};

TEST_F(TrainingCommandsTest, TheRecipeFromTextToAllThreeKindsOfModel) {
  EXPECT_EQ(train(pretraining("base")), "checkpoint: " + path("base").string() + "\n");
  EXPECT_EQ(kind("base"), "an autoregressive model (Llama form)");
  train(training("adapt", documents_, "adapted", {base_setting()}));
  EXPECT_EQ(kind("adapted"), "a diffusion model (Llama form)");
  train(training("tune", dialogues_, "tuned",
                 {"base=" + path("adapted").string(), "validation_rows=4"}));
  EXPECT_EQ(kind("tuned"), "a diffusion model (Llama form)");
  train(training("tune", dialogues_, "twin",
                 {base_setting(), "objective=autoregressive", "validation_rows=4"}));
  EXPECT_EQ(kind("twin"), "an autoregressive model (Llama form)");
  train(training("reward", pairs_, "reward", {base_setting()}));
  EXPECT_EQ(kind("reward"), "a reward model (Llama form)");
  for (const char* name : {"adapted", "tuned", "twin", "reward"}) {
    EXPECT_THAT(out_of({"inspect", path(name).string()}), HasSubstr("padding [PAD] (320)"));
  }
  EXPECT_FALSE(out_of({"generate", "-q", "-m", path("tuned").string(), "--prompt", "the cat?",
                       "--set", "length=48", "--set", "steps=2"})
                   .empty());
}

TEST_F(TrainingCommandsTest, AdaptersAreTrainedAndMergedFromTheCommandLine) {
  train(pretraining("base"));
  train(training("adapt", documents_, "adapted",
                 {base_setting(), "lora.rank=2", "lora.targets=[q_proj, down_proj]"}));
  EXPECT_THAT(out_of({"inspect", path("adapted").string()}),
              HasSubstr("adapter: rank 2 on q_proj, down_proj of " + path("base").string()));
  out_of({"merge", "-q", path("adapted").string(), path("merged").string()});
  const auto answer = [&](const std::string& name) {
    return out_of({"generate", "-q", "-m", path(name).string(), "--prompt", "the cat?", "--ids",
                   "--set", "length=48", "--set", "steps=2"});
  };
  EXPECT_EQ(answer("merged"), answer("adapted"));
  EXPECT_EQ(error_of(2, training("adapt", documents_, "out",
                                 {base_setting(), "lora.rank=2", "lora.targets=[q_prj]"})),
            "lora.targets: expected linear maps of the blocks, found q_prj (did you mean q_proj?)");
}

TEST_F(TrainingCommandsTest, TheSeedDecidesTheWeights) {
  const auto with_seed = [&](const std::string& output, const std::string& seed) {
    auto arguments = pretraining(output);
    arguments.insert(arguments.end(), {"--seed", seed});
    train(arguments);
    return read(path(output) / "model.safetensors");
  };
  const std::string weights = with_seed("first", "5");
  EXPECT_EQ(weights, with_seed("again", "5"));
  EXPECT_NE(weights, with_seed("other", "6"));
  EXPECT_THAT(read(path("first") / "recipe.yaml"), HasSubstr("\nseed: 5\n"));
}

TEST_F(TrainingCommandsTest, TheKeptRecipeRepeatsTheRun) {
  train(pretraining("first"));
  const std::string recipe = (path("first") / "recipe.yaml").string();
  train({"pretrain", "-q", "-c", recipe, "--set", "data.output=" + path("again").string()});
  EXPECT_EQ(read(path("first") / "model.safetensors"), read(path("again") / "model.safetensors"));
}

TEST_F(TrainingCommandsTest, ABadLineStopsTheRunOrIsSkipped) {
  documents_ = write("lines.jsonl", repeated("{\"text\":\"the cat sat on the mat\"}\n") + "{]\n");
  auto arguments = pretraining("base");
  EXPECT_EQ(error_of(1, arguments),
            "lines.jsonl: line 41: expected a JSON object, found text that breaks off or is "
            "malformed at byte 2");
  arguments.insert(arguments.end(), {"--on-bad-line", "skip"});
  train(arguments);
  EXPECT_THAT(read(path("base") / "recipe.yaml"), HasSubstr("on_bad_line: skip"));
}

TEST_F(TrainingCommandsTest, AFolderThatIsNoRunsIsNotWritten) {
  std::filesystem::create_directory(path("letters"));
  write("letters/love.txt", "dear");
  EXPECT_EQ(error_of(1, pretraining("letters")),
            "letters: expected a free name or a run's folder, found one without config.json or "
            "metrics.jsonl");
  EXPECT_EQ(read(path("letters/love.txt")), "dear");
}

TEST_F(TrainingCommandsTest, WhatIsWrongIsToldAndNothingIsLeft) {
  train(pretraining("base"));
  const auto tune = [&](const std::string& data) {
    return training("tune", data, "out", {base_setting(), "objective=autoregressive"});
  };
  EXPECT_EQ(error_of(1, tune(write("bad.jsonl", std::string(kDialogue) + "\n{\"messages\":1}\n"))),
            "bad.jsonl: line 2: messages: expected a list of messages, found a value of type "
            "number");
  EXPECT_EQ(error_of(1, training("adapt", documents_, "out", {"base=" + path("missing").string()})),
            "missing/config.json: cannot be opened: No such file or directory");
  EXPECT_EQ(error_of(2, training("adapt", documents_, "out", {base_setting(), "masks=ul3"})),
            "--set masks: expected one of ul2, unconditional, prefix_lm, span_infilling, "
            "ul2_with_unconditional, ul2_variable, prefix_with_unconditional, found ul3");
  EXPECT_EQ(error_of(2, training("adapt", documents_, "out", {base_setting(), "loop.step=3"})),
            "--set loop.step: unknown key (did you mean loop.steps?)");
  EXPECT_FALSE(std::filesystem::exists(path("out")));
}

TEST_F(TrainingCommandsTest, ARunThatHasFinishedIsNotTrainedAgain) {
  const auto arguments = pretraining("base");
  train(arguments);
  const std::string weights = read(path("base") / "model.safetensors");
  const std::string metrics = read(path("base") / "metrics.jsonl");
  EXPECT_EQ(train(arguments), "checkpoint: " + path("base").string() + "\n");
  EXPECT_EQ(read(path("base") / "model.safetensors"), weights);
  EXPECT_EQ(read(path("base") / "metrics.jsonl"), metrics);
}

TEST_F(TrainingCommandsTest, OtherSettingsNeedAFreshStart) {
  train(pretraining("base"));
  auto other = pretraining("base");
  other.insert(other.end(), {"--set", "loop.learning_rate.peak=0.5", "--threads", "1"});
  EXPECT_EQ(error_of(2, other),
            "base: loop.learning_rate.peak: expected 0.001, as for the 2 steps done, found 0.5 "
            "(--fresh starts over)");
  const std::string weights = read(path("base") / "model.safetensors");
  other.emplace_back("--fresh");
  train(other);
  EXPECT_NE(read(path("base") / "model.safetensors"), weights);
}

TEST_F(TrainingCommandsTest, TheBaseIsNoOutput) {
  train(pretraining("base"));
  EXPECT_EQ(error_of(2, training("adapt", documents_, "base", {base_setting()})),
            "data.output: expected another folder than the base, which a run may need again");
}

TEST_F(TrainingCommandsTest, ADryRunTellsSettingsWeightsTokensAndMemoryAndChangesNothing) {
  train(pretraining("base"));
  const auto dry = [&](const std::string& command, const std::string& data) {
    auto arguments = training(command, data, "out", {base_setting()});
    arguments.emplace_back("--dry-run");
    const std::string text = out_of(arguments);
    EXPECT_THAT(text, HasSubstr("\n  batch_size: 2\n"));
    for (const char* part : {"\n  embedding ", "\n  feed-forward ", "memory, about, at its peak (",
                             "\n  weights  ", "\n  gradients  ", "\n  optimiser's moments  ",
                             "\n  activations  ", "\n  vocabulary-sized buffers  ", "\n  data  ",
                             "\n  the process itself  ", "\n  all  ", "it fits\n"}) {
      EXPECT_THAT(text, HasSubstr(part));
    }
    return text;
  };
  EXPECT_THAT(dry("adapt", documents_),
              HasSubstr("run: 2 steps of 2 sequences, 96 tokens a step, 192 in all\nepochs: not "
                        "known before the data are read\n"));
  EXPECT_THAT(dry("tune", dialogues_), HasSubstr("epochs: 0.10 of 40 examples\n"));
  EXPECT_THAT(dry("reward", pairs_),
              HasSubstr("run: 2 steps of 2 pairs, at most 192 tokens a step, 384 in all\n"));
  auto arguments = pretraining("out");
  arguments.emplace_back("--dry-run");
  EXPECT_THAT(out_of(arguments), HasSubstr("1 layers, vocabulary 320\n"));
  EXPECT_FALSE(std::filesystem::exists(path("out")));
}

TEST_F(TrainingCommandsTest, AllThatIsWrongIsToldALineEach) {
  auto arguments =
      training("adapt", documents_, "out",
               {"base=" + path("nowhere").string(), "loop.learning_rate.warmup_steps=3",
                "diffusion.validation_timesteps=[5000]", "data.shuffle_buffer=1"});
  arguments.emplace_back("--dry-run");
  const Outcome outcome = run_tess2(arguments);
  EXPECT_EQ(outcome.code, kWrongUsage);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "tess2: diffusion.validation_timesteps: expected below diffusion.timesteps (5000), "
            "found 5000\n"
            "tess2: loop.learning_rate.warmup_steps: expected at most loop.steps (2), found 3\n"
            "tess2: data.shuffle_buffer: expected at least loop.batch_size (2), found 1\n"
            "tess2: " +
                path("nowhere").string() +
                "/config.json: cannot be opened: No such file or directory\n");
}

TEST_F(TrainingCommandsTest, AllThatIsWrongInARecipeAndTheOptionsIsToldALineEach) {
  const std::string recipe = write("adapt.yaml", "lenght: 5\nmasks: ul3\n");
  const Outcome outcome = run_tess2({"adapt", "-c", recipe, "--set", "loop.stps=1", "--seed", "x"});
  EXPECT_EQ(outcome.code, kWrongUsage);
  for (const char* line : {": line 1: unknown key lenght", ": line 2: masks: expected one of",
                           "\ntess2: --set loop.stps: unknown key", "\ntess2: --seed: expected"}) {
    EXPECT_THAT(outcome.err, HasSubstr(line));
  }
}

}  // namespace
}  // namespace tess2::app
