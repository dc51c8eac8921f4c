// A tokenizer, data of each kind and settings for runs of a few steps.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "core/file.h"
#include "core/random.h"
#include "model/checkpoint.h"
#include "support/temporary_folder.h"
#include "tensor/runtime.h"
#include "text/tokenizer.h"
#include "text/train_tokenizer.h"
#include "train/runs.h"

namespace tess2::train {

namespace fs = std::filesystem;
using model::ModelKind;
using nlohmann::json;

inline constexpr std::int64_t kVocab = 300;
inline constexpr std::uint64_t kSeed = 17;

inline std::string sentence(Rng& rng) {
  static const std::vector<std::string> kWho{"Ann", "Bob", "the cat", "the old fox",
                                             "a small bird"};
  static const std::vector<std::string> kDid{"saw", "found", "lost", "wanted", "carried"};
  static const std::vector<std::string> kWhat{"a red ball", "the key", "some bread",
                                              "a blue stone"};
  return rng.pick(kWho) + " " + rng.pick(kDid) + " " + rng.pick(kWhat) + ".";
}

inline json dialogue(const std::string& question, const std::string& answer) {
  return json::array(
      {{{"role", "user"}, {"content", question}}, {{"role", "assistant"}, {"content", answer}}});
}

/// Writes `count` lines, each made from its own random numbers.
template <class Make>
fs::path write_lines(const fs::path& file, int count, std::uint64_t seed, const Make& make) {
  std::ofstream out(file);
  Rng rng(seed, Stream::kSynthetic);
  for (int i = 0; i < count; ++i) out << make(rng).dump() << '\n';
  return file;
}

/// A tokenizer, data of each kind, and the runs on them: a few steps of a tiny model.
class RunsTest : public ::testing::Test {
 protected:
  RunsTest() {
    train_tokenizer("tokenizer", kVocab);
    for (const auto& [name, rows, seed] : {std::tuple{"train", 40, 1}, {"validation", 10, 2}}) {
      write_data(name, rows, static_cast<std::uint64_t>(seed));
    }
  }
  ~RunsTest() override { tensor::set_threads(0); }

  fs::path path(const std::string& name) const { return folder_.path() / name; }

  void train_tokenizer(const std::string& name, std::int64_t vocab) const {
    Rng rng(9, Stream::kSynthetic);
    std::vector<std::string> texts;
    for (int i = 0; i < 60; ++i) texts.push_back(sentence(rng));
    text::train_tokenizer(texts, {.vocab_size = vocab, .symbols = {}}, path(name));
  }

  void write_data(const std::string& name, int rows, std::uint64_t seed) const {
    write_lines(path(name + ".documents.jsonl"), rows, seed, [](Rng& rng) {
      return json{{"text", sentence(rng) + " " + sentence(rng)}};
    });
    write_lines(path(name + ".dialogues.jsonl"), rows, seed, [](Rng& rng) {
      return json{{"messages", dialogue("Who?", sentence(rng))}};
    });
    write_lines(path(name + ".pairs.jsonl"), rows, seed, [](Rng& rng) {
      return json{{"chosen", dialogue("Who?", sentence(rng))},
                  {"rejected", dialogue("Who?", "no")}};
    });
  }

  RunPaths paths(const std::string& data, const std::string& output) const {
    return {
        {path("train." + data + ".jsonl")}, {path("validation." + data + ".jsonl")}, path(output)};
  }

  static LoopSettings loop() {
    LoopSettings settings;
    settings.steps = 3;
    settings.batch_size = 4;
    return settings;
  }

  PretrainSettings pretrain_settings(const std::string& output = "base") const {
    PretrainSettings settings;
    settings.tokenizer = path("tokenizer");
    settings.model = {.hidden_size = 16,
                      .intermediate_size = 24,
                      .layers = 1,
                      .heads = 2,
                      .key_value_heads = 1,
                      .tie_word_embeddings = true};
    settings.paths = paths("documents", output);
    settings.length = 32;
    settings.loop = loop();
    settings.seed = kSeed;
    return settings;
  }

  AdaptSettings adapt_settings(const std::string& base = "base",
                               const std::string& output = "adapted") const {
    AdaptSettings settings;
    settings.base = path(base);
    settings.paths = paths("documents", output);
    settings.length = 32;
    settings.diffusion = quick_diffusion();
    settings.loop = loop();
    settings.seed = kSeed;
    return settings;
  }

  TuneSettings tune_settings(const std::string& base, const std::string& output,
                             TuneObjective objective) const {
    TuneSettings settings;
    settings.base = path(base);
    settings.objective = objective;
    settings.paths = paths("dialogues", output);
    settings.length = 64;
    settings.diffusion = quick_diffusion();
    settings.loop = loop();
    settings.seed = kSeed;
    return settings;
  }

  RewardSettings reward_settings(const std::string& base = "base") const {
    RewardSettings settings;
    settings.base = path(base);
    settings.paths = paths("pairs", "judge");
    settings.length = 64;
    settings.loop = loop();
    settings.seed = kSeed;
    return settings;
  }

  static DiffusionSettings quick_diffusion() {
    DiffusionSettings settings;
    settings.objective.timesteps = 100;
    settings.validation_timesteps = {"20", "80"};
    return settings;
  }

  void pretrain() const { run_pretrain(pretrain_settings(), "recipe: 1\n", {}); }
  void adapt() const { run_adapt(adapt_settings(), "recipe: 2\n", {}); }

  std::string content(const std::string& name) const { return read_text_file(path(name)); }

  /// Loads the checkpoint as this kind and checks what every run leaves beside the weights.
  model::Checkpoint expect_checkpoint(const std::string& name, ModelKind kind,
                                      const std::string& recipe) const {
    EXPECT_EQ(model::read_config(path(name) / "config.json").kind, kind);
    EXPECT_EQ(content(name + "/recipe.yaml"), recipe);
    EXPECT_EQ(content(name + "/tokenizer.model"), content("tokenizer/tokenizer.model"));
    return model::load_checkpoint(path(name), kind);
  }

  void expect_padding(const std::string& name, const model::Config& config) const {
    const auto tokenizer = text::load_tokenizer(path(name));
    EXPECT_EQ(tokenizer->pad(), kVocab);
    EXPECT_EQ(tokenizer->vocab_size(), kVocab + 1);
    EXPECT_EQ(config.vocab_size, kVocab + 1);
    EXPECT_EQ(config.pad_token_id, kVocab);
  }

  test_support::TemporaryFolder folder_;
};

}  // namespace tess2::train
