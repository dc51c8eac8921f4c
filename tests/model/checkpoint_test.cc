#include "model/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "model_test_support.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "tensor/safetensors.h"

namespace tess2::model {
namespace {

namespace fs = std::filesystem;
using test::small_config;
using test_support::error_of;
using test_support::names_in;
using test_support::TemporaryFolder;

void expect_equal(Weights found, Weights expected, const Config& config) {
  const auto want = weight_slots(expected, config);
  const auto have = weight_slots(found, config);
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_TRUE(at::equal(*have[i].tensor, *want[i].tensor)) << want[i].name;
  }
}

class CheckpointTest : public ::testing::Test {
 protected:
  fs::path path(const std::string& name) const { return folder_.path() / name; }

  /// Saves a small model with some of its tensors changed, and says why it does not load.
  std::string complaint(const std::function<void(std::vector<tensor::NamedTensor>&)>& change,
                        ModelKind kind = ModelKind::kCausal) const {
    const Config config = small_config(ModelKind::kCausal);
    save_checkpoint(path("m"), config, make_weights(config, 1));
    Weights weights = make_weights(config, 1);
    std::vector<tensor::NamedTensor> tensors;
    for_each_parameter(weights, config, [&](const std::string& name, at::Tensor& tensor) {
      tensors.push_back({name, tensor});
    });
    change(tensors);
    tensor::write_tensor_folder(path("m"), tensors);
    const std::string message = error_of([&] { load_checkpoint(path("m"), kind); });
    const std::size_t folder = message.find("/m/");
    return folder == std::string::npos ? message : message.substr(folder + 3);
  }

  TemporaryFolder folder_;
};

TEST_F(CheckpointTest, EveryKindComesBack) {
  for (const ModelKind kind : {ModelKind::kCausal, ModelKind::kDiffusion, ModelKind::kReward}) {
    const Config config = small_config(kind);
    const Weights weights = make_weights(config, 5);
    save_checkpoint(path("m"), config, weights);
    const Checkpoint found = load_checkpoint(path("m"), kind);
    EXPECT_EQ(read_config(path("m") / "config.json").kind, kind);
    EXPECT_EQ(found.config.eos_token_id, 2);
    expect_equal(found.weights, weights, config);
  }
}

TEST_F(CheckpointTest, HalfPrecisionOnDiskIsConverted) {
  const Config config = small_config(ModelKind::kDiffusion);
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    Weights weights = make_weights(config, 5);
    save_checkpoint(path("m"), config, weights, {dtype});
    const Checkpoint found = load_checkpoint(path("m"), ModelKind::kDiffusion);
    EXPECT_EQ(found.config.dtype, dtype == at::kHalf ? "float16" : "bfloat16");
    EXPECT_EQ(found.weights.backbone.embed.scalar_type(), at::kFloat);
    for_each_parameter(weights, config, [&](const std::string&, at::Tensor& tensor) {
      tensor = tensor.to(dtype).to(at::kFloat);
    });
    expect_equal(found.weights, weights, config);
    const Checkpoint kept = load_checkpoint(path("m"), ModelKind::kDiffusion, {dtype});
    EXPECT_EQ(kept.weights.lm_head.scalar_type(), dtype);
  }
}

TEST_F(CheckpointTest, ShardsHoldTheSameModel) {
  const Config config = small_config(ModelKind::kDiffusion);
  const Weights weights = make_weights(config, 5);
  save_checkpoint(path("m"), config, weights, {at::kFloat, 1000});
  EXPECT_TRUE(fs::exists(path("m") / "model.safetensors.index.json"));
  expect_equal(load_checkpoint(path("m"), ModelKind::kDiffusion).weights, weights, config);
}

TEST_F(CheckpointTest, ALoadedModelMayReplaceItsOwnFolder) {
  const Config config = small_config(ModelKind::kCausal);
  save_checkpoint(path("m"), config, make_weights(config, 5));
  Checkpoint loaded = load_checkpoint(path("m"), ModelKind::kCausal);
  loaded.weights.lm_head.mul_(2.0);
  save_checkpoint(path("m"), loaded.config, loaded.weights);
  const Checkpoint again = load_checkpoint(path("m"), ModelKind::kCausal);
  EXPECT_TRUE(at::equal(again.weights.lm_head, make_weights(config, 5).lm_head * 2.0));
}

TEST_F(CheckpointTest, ExtraFilesComeWithIt) {
  const Config config = small_config(ModelKind::kCausal);
  save_checkpoint(path("m"), config, make_weights(config, 5), {}, [&](const fs::path& aside) {
    EXPECT_FALSE(fs::exists(path("m")));
    std::ofstream(aside / "tokenizer.model") << "t";
  });
  EXPECT_EQ(names_in(path("m")),
            (std::vector<std::string>{"config.json", "model.safetensors", "tokenizer.model"}));
}

TEST_F(CheckpointTest, AMissingTensorIsNamedWithItsShape) {
  EXPECT_EQ(complaint([](auto& tensors) { tensors.erase(tensors.begin() + 2); }),
            "model.safetensors: model.layers.0.self_attn.q_proj.weight: expected a tensor of shape "
            "[24, 8], found none");
}

TEST_F(CheckpointTest, AMisshapenTensorIsNamedWithBothShapes) {
  EXPECT_EQ(complaint([](auto& tensors) {
              tensors[2].tensor = at::ones({24, 9});
            }),
            "model.safetensors: model.layers.0.self_attn.q_proj.weight: expected a tensor of shape "
            "[24, 8], found [24, 9]");
}

TEST_F(CheckpointTest, WholeNumbersAreNoWeights) {
  EXPECT_EQ(complaint([](auto& tensors) {
              tensors[0].tensor = at::ones({11, 8}, at::kLong);
            }),
            "model.safetensors: model.embed_tokens.weight: expected floating-point numbers, found "
            "I64");
}

TEST_F(CheckpointTest, AnUnexpectedTensorIsNamed) {
  EXPECT_EQ(complaint([](auto& tensors) {
              tensors.push_back({"model.layers.1.norm.weight", at::ones({3})});
            }),
            "model.safetensors: model.layers.1.norm.weight: expected no such tensor in this kind "
            "of model, found one of shape [3]");
}

TEST_F(CheckpointTest, BuffersOfOlderExportsAreIgnored) {
  EXPECT_EQ(complaint([](auto& tensors) {
              tensors.push_back({"model.layers.0.self_attn.rotary_emb.inv_freq", at::ones({3})});
            }),
            "nothing thrown");
}

TEST_F(CheckpointTest, AModelOfAnotherKindIsRefused) {
  EXPECT_EQ(complaint([](auto&) {}, ModelKind::kDiffusion),
            "model.safetensors: timestep_embed.weight: expected a tensor of shape [8, 1], found "
            "none");
}

TEST_F(CheckpointTest, ATruncatedFileIsRefused) {
  const Config config = small_config(ModelKind::kCausal);
  save_checkpoint(path("m"), config, make_weights(config, 5));
  const fs::path file = path("m") / "model.safetensors";
  fs::resize_file(file, fs::file_size(file) - 1);
  EXPECT_THROW(load_checkpoint(path("m"), ModelKind::kCausal), FormatError);
  fs::remove(file);
  EXPECT_EQ(error_of([&] { load_checkpoint(path("m"), ModelKind::kCausal); }),
            path("m").string() +
                ": expected model.safetensors or model.safetensors.index.json, found neither");
  EXPECT_THROW(load_checkpoint(path("none"), ModelKind::kCausal), FileError);
}

TEST_F(CheckpointTest, OnlyACheckpointIsReplaced) {
  const Config config = small_config(ModelKind::kCausal);
  const auto save = [&] { save_checkpoint(path("m"), config, make_weights(config, 5)); };
  fs::create_directory(path("m"));
  EXPECT_NO_THROW(save());
  fs::create_directory(path("m") / "step-100");
  EXPECT_EQ(error_of(save), path("m").string() +
                                ": expected a checkpoint's folder without folders inside, found "
                                "step-100, which saving would delete");
  fs::remove(path("m") / "step-100");
  fs::remove(path("m") / "config.json");
  EXPECT_EQ(error_of(save), path("m").string() +
                                ": expected a free name or a checkpoint's folder, found a folder "
                                "without config.json, which saving would delete");
  EXPECT_EQ(names_in(path("m")), std::vector<std::string>{"model.safetensors"});
}

TEST_F(CheckpointTest, WhatIsNotAModelIsNotSaved) {
  const Config config = small_config(ModelKind::kDiffusion);
  Weights weights = make_weights(config, 5);
  weights.timestep_embed = at::ones({8});
  EXPECT_EQ(error_of([&] { save_checkpoint(path("m"), config, weights); }),
            "timestep_embed.weight: expected a tensor of shape [8, 1] to save, found [8]");
  weights.timestep_embed = at::Tensor();
  EXPECT_EQ(error_of([&] { save_checkpoint(path("m"), config, weights); }),
            "timestep_embed.weight: expected a tensor of shape [8, 1] to save, found none");
  EXPECT_TRUE(names_in(folder_.path()).empty());
}

/// Saves in a child process whose files may not grow past 3000 bytes; ends with what was thrown.
void save_limited(const fs::path& folder, const Config& config, const Weights& weights) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{3000, 3000};
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::string message = error_of([&] { save_checkpoint(folder, config, weights); });
  const ssize_t written = ::write(STDERR_FILENO, message.data(), message.size());
  _exit(written == static_cast<ssize_t>(message.size()) ? 0 : 1);
}

TEST_F(CheckpointTest, AFullDiskLeavesTheOldCheckpoint) {
  const Config config = small_config(ModelKind::kCausal);
  save_checkpoint(path("m"), config, make_weights(config, 5));
  EXPECT_EXIT(save_limited(path("m"), config, make_weights(config, 6)),
              ::testing::ExitedWithCode(0), "model.safetensors: cannot be written: File too large");
  EXPECT_EQ(names_in(folder_.path()), std::vector<std::string>{"m"});
  expect_equal(load_checkpoint(path("m"), ModelKind::kCausal).weights, make_weights(config, 5),
               config);
}

TEST_F(CheckpointTest, ATokenizerMustFit) {
  const Config config = small_config(ModelKind::kCausal);
  EXPECT_NO_THROW(check_vocabulary(config, 11, "m"));
  EXPECT_EQ(error_of([&] { check_vocabulary(config, 12, "m"); }),
            "m/config.json: vocab_size: expected 12, the size of the tokenizer, found 11");
}

Checkpoint causal_model(bool tied) {
  Config config = small_config(ModelKind::kCausal);
  config.tie_word_embeddings = tied;
  return {config, make_weights(config, 5)};
}

TEST(DiffusionFromCausal, AddsTimeAndPadding) {
  const Checkpoint causal = causal_model(false);
  const Checkpoint adapted = diffusion_from_causal(causal, 11, 7);
  EXPECT_EQ(adapted.config.kind, ModelKind::kDiffusion);
  EXPECT_EQ(adapted.config.vocab_size, 12);
  EXPECT_EQ(adapted.config.pad_token_id, 11);
  EXPECT_TRUE(adapted.config.self_condition);
  const at::Tensor& embed = adapted.weights.backbone.embed;
  EXPECT_TRUE(at::equal(embed.narrow(0, 0, 11), causal.weights.backbone.embed));
  EXPECT_TRUE(at::allclose(embed[11], causal.weights.backbone.embed.mean(0)));
  EXPECT_TRUE(at::allclose(adapted.weights.lm_head[11], causal.weights.lm_head.mean(0)));
  EXPECT_EQ(adapted.weights.timestep_embed.sizes(), (std::vector<std::int64_t>{8, 1}));
  EXPECT_GT(adapted.weights.timestep_embed.std().item<float>(), 0.005f);
  EXPECT_EQ(causal.config.vocab_size, 11);
  EXPECT_TRUE(adapted.weights.backbone.norm.is_same(causal.weights.backbone.norm));
}

TEST(DiffusionFromCausal, UntiesTheHead) {
  const Checkpoint adapted = diffusion_from_causal(causal_model(true), 11, 7);
  EXPECT_FALSE(adapted.config.tie_word_embeddings);
  EXPECT_TRUE(at::equal(adapted.weights.lm_head, adapted.weights.backbone.embed));
  EXPECT_NE(adapted.weights.lm_head.data_ptr(), adapted.weights.backbone.embed.data_ptr());
}

TEST(DiffusionFromCausal, KeepsAPaddingRowThatIsThere) {
  const Checkpoint causal = causal_model(false);
  const Checkpoint adapted = diffusion_from_causal(causal, 3, 7);
  EXPECT_EQ(adapted.config.vocab_size, 11);
  EXPECT_EQ(adapted.config.pad_token_id, 3);
  EXPECT_TRUE(adapted.weights.backbone.embed.is_same(causal.weights.backbone.embed));
}

TEST(DiffusionFromCausal, RefusesWhatDoesNotFit) {
  const Checkpoint causal = causal_model(false);
  EXPECT_EQ(error_of([&] { diffusion_from_causal(causal, 12, 7); }),
            "padding id: expected 0 to 11 (the first free id), found 12");
  const Checkpoint adapted = diffusion_from_causal(causal, 11, 7);
  EXPECT_EQ(error_of([&] { diffusion_from_causal(adapted, 11, 7); }),
            "checkpoint: expected an autoregressive model, found another kind");
}

TEST_F(CheckpointTest, AnAdaptedModelComesBack) {
  const Checkpoint adapted = diffusion_from_causal(causal_model(true), 11, 7);
  save_checkpoint(path("m"), adapted.config, adapted.weights);
  const Checkpoint found = load_checkpoint(path("m"), ModelKind::kDiffusion);
  EXPECT_TRUE(found.config.self_condition);
  expect_equal(found.weights, adapted.weights, adapted.config);
}

TEST(RewardFromCausal, AddsAScoreAndDropsTheHead) {
  const Checkpoint reward = reward_from_causal(causal_model(false), 11, 7);
  EXPECT_EQ(reward.config.kind, ModelKind::kReward);
  EXPECT_EQ(reward.config.vocab_size, 12);
  EXPECT_FALSE(reward.weights.lm_head.defined());
  EXPECT_EQ(reward.weights.score.sizes(), (std::vector<std::int64_t>{1, 8}));
  EXPECT_EQ(reward.weights.backbone.embed.size(0), 12);
}

TEST(ReferenceCheckpoints, Load) {
  TESS2_SHARED_OR_SKIP(golden, "golden/mistral_small");
  const Checkpoint diffusion = load_checkpoint(golden / "diffusion", ModelKind::kDiffusion);
  EXPECT_TRUE(diffusion.weights.timestep_embed.defined());
  const Checkpoint reward = load_checkpoint(golden / "reward", ModelKind::kReward);
  EXPECT_TRUE(reward.weights.score.defined());
  TESS2_SHARED_OR_SKIP(stories, "models/stories260K");
  const Checkpoint causal = load_checkpoint(stories, ModelKind::kCausal);
  EXPECT_TRUE(causal.config.tie_word_embeddings);
  EXPECT_FALSE(causal.weights.lm_head.defined());
  EXPECT_EQ(diffusion_from_causal(causal, 512, 1).weights.lm_head.size(0), 513);
}

}  // namespace
}  // namespace tess2::model
