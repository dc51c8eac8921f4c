// Checkpoints that cannot be used, as the subcommands tell it; and `inspect` of those that can.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "app/app_test_support.h"
#include "core/progress.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

namespace fs = std::filesystem;

class CheckpointTest : public CommandTest {
 protected:
  std::string generate_error(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"generate", "-q",     "-m",    path("tuned").string(),
                                       "--prompt", "a",      "--set", "length=40",
                                       "--set",    "steps=1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return error_of(kFailed, arguments);
  }

  // Replaces `from` by `to` in the model's configuration.
  void change_config(const std::string& from, const std::string& to) const {
    std::string text = read(path("tuned/config.json"));
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << text;
    write("tuned/config.json", text.replace(at, from.size(), to));
  }

  const fs::path weights_ = path("tuned") / "model.safetensors";
};

TEST_F(CheckpointTest, InspectTellsWhatACheckpointHolds) {
  const std::string text = out_of({"inspect", make_diffusion()});
  EXPECT_THAT(text, StartsWith("checkpoint: " + path("tuned").string() +
                               "\nkind: a diffusion model (Llama form)\n"
                               "sizes: layers 1, hidden 16, feed-forward 24, heads 2 of 8, "
                               "key-value heads 1, vocabulary 321\n"
                               "numbers: F32\nweights: 12,256 in 13 tensors\n"
                               "tokenizer: 321 tokens, start <s> (1), end </s> (2), padding [PAD] "
                               "(320)\nfiles:\n"));
  const auto size = static_cast<std::int64_t>(fs::file_size(weights_));
  const std::string file_line = "\n  model.safetensors  " + format_count(size);
  EXPECT_THAT(text, HasSubstr(file_line + " bytes\n"));
  const std::string with_tensors = out_of({"inspect", path("tuned").string(), "--tensors"});
  EXPECT_THAT(with_tensors, StartsWith(text + "tensors:\n"));
  EXPECT_THAT(with_tensors, HasSubstr("\n  timestep_embed.weight                           F32  "
                                      "[16, 1]\n"));
  EXPECT_THAT(out_of({"inspect", weights_.string()}),
              HasSubstr("\n  model.norm.weight                               F32  [16]\n"));
}

TEST_F(CheckpointTest, AMissingFolderIsNamed) {
  EXPECT_EQ(generate_error(), "tuned/config.json: cannot be opened: No such file or directory");
}

TEST_F(CheckpointTest, TruncatedWeights) {
  make_diffusion();
  const auto size = fs::file_size(weights_);
  fs::resize_file(weights_, size - 100);
  EXPECT_THAT(generate_error(), StartsWith("tuned/model.safetensors: "));
  fs::resize_file(weights_, 5);
  EXPECT_THAT(generate_error(), StartsWith("tuned/model.safetensors: "));
}

TEST_F(CheckpointTest, AHeaderThatLies) {
  make_diffusion();
  std::string bytes = read(weights_);
  std::string longer = bytes;
  longer[6] = '\x7f';  // of the header's length
  write("tuned/model.safetensors", longer);
  EXPECT_THAT(generate_error(), StartsWith("tuned/model.safetensors: "));
  const auto shape = bytes.find("[16,1]");
  ASSERT_NE(shape, std::string::npos);
  write("tuned/model.safetensors", bytes.replace(shape, 6, "[16,2]"));
  EXPECT_THAT(generate_error(), StartsWith("tuned/model.safetensors: timestep_embed.weight"));
}

TEST_F(CheckpointTest, AMissingTensorAndOneOfAnotherShape) {
  make_diffusion();
  change_config("\"num_hidden_layers\": 1", "\"num_hidden_layers\": 2");
  EXPECT_EQ(generate_error(),
            "tuned/model.safetensors: model.layers.1.input_layernorm.weight: expected a tensor of "
            "shape [16], found none");
  change_config("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1");
  change_config("\"intermediate_size\": 24", "\"intermediate_size\": 25");
  EXPECT_EQ(generate_error(),
            "tuned/model.safetensors: model.layers.0.mlp.gate_proj.weight: expected a tensor of "
            "shape [25, 16], found [24, 16]");
  EXPECT_THAT(error_of(1, {"inspect", path("tuned").string()}), HasSubstr("expected a tensor"));
}

TEST_F(CheckpointTest, ATokenizerThatDoesNotFit) {
  make_diffusion();
  text::copy_tokenizer(path("tokenizer"), path("tuned"));
  const std::string expected =
      "tuned/config.json: vocab_size: expected 320, the size of the tokenizer, found 321";
  EXPECT_EQ(generate_error(), expected);
  EXPECT_EQ(error_of(1, {"inspect", path("tuned").string()}), expected);
  fs::remove(path("tuned") / "tokenizer.model");
  EXPECT_THAT(generate_error(), StartsWith("tuned/tokenizer.model: cannot be opened"));
}

TEST_F(CheckpointTest, ARewardModelWithAnotherTokenizer) {
  make_diffusion();
  text::train_tokenizer({"zebras and quails walk over the hill, over and over again"},
                        {.vocab_size = 290, .symbols = {}}, path("tokenizer"));
  text::copy_tokenizer_with_pad(path("tokenizer"), path("other"));
  const std::string reward = make_model("reward", model::ModelKind::kReward, "other");
  EXPECT_EQ(generate_error({"--reward-model", reward}),
            "reward/tokenizer.model: expected 321 tokens, as in the model, found 291");
}

TEST_F(CheckpointTest, ARewardModelWithOtherTokens) {
  make_diffusion();
  std::vector<std::string> texts = text::small_corpus();
  for (std::string& line : texts) std::replace(line.begin(), line.end(), 't', 'z');
  text::train_tokenizer(texts, {.vocab_size = text::kSmallVocabulary, .symbols = {}},
                        path("tokenizer"));
  text::copy_tokenizer_with_pad(path("tokenizer"), path("other"));
  const std::string reward = make_model("reward", model::ModelKind::kReward, "other");
  EXPECT_THAT(generate_error({"--reward-model", reward}),
              testing::MatchesRegex("reward/tokenizer.model: token [0-9]+: expected .* after the "
                                    "start token, as in the model, found .*"));
}

TEST_F(CheckpointTest, AnotherKindOfModelTellsWhatToUse) {
  make_diffusion();
  EXPECT_EQ(generate_error({"--ar"}),
            "tuned/config.json: architectures: expected an autoregressive model, found a diffusion "
            "model (leave out --ar)");
  EXPECT_EQ(generate_error({"--reward-model", path("tuned").string()}),
            "tuned/config.json: architectures: expected a reward model, found a diffusion model "
            "(make one with `tess2 reward`)");
  make_model("tuned", model::ModelKind::kCausal);
  EXPECT_EQ(generate_error(),
            "tuned/config.json: architectures: expected a diffusion model, found an autoregressive "
            "model (use --ar, or make a diffusion model with `tess2 adapt`)");
  make_model("tuned", model::ModelKind::kReward);
  EXPECT_EQ(generate_error(),
            "tuned/config.json: architectures: expected a diffusion model, found a reward model "
            "(give it as --reward-model)");
}

}  // namespace
}  // namespace tess2::app
