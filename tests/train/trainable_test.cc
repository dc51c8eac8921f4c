#include "train/trainable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "data/list_examples.h"
#include "model/lora.h"
#include "model/simplex_lm.h"
#include "support/temporary_folder.h"
#include "tensor/runtime.h"
#include "train/loop.h"
#include "train/optimizer.h"
#include "train/tasks.h"
#include "train/tiny_models.h"

namespace tess2::train {
namespace {

using model::Checkpoint;
using model::ModelKind;
using test::kPad;
using test::tiny_config;
using test_support::error_of;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(FrozenAmong, PatternsMatchWholeNames) {
  const std::vector<std::string> names{"model.embed_tokens.weight", "model.layers.0.norm.weight",
                                       "model.layers.1.norm.weight", "lm_head.weight"};
  EXPECT_THAT(frozen_among(names, {}), Each(false));
  EXPECT_THAT(frozen_among(names, {"*"}), Each(true));
  EXPECT_THAT(frozen_among(names, {"model.layers.[0-3].*"}), ElementsAre(false, true, true, false));
  EXPECT_THAT(frozen_among(names, {"model.layers.?.norm.weight", "lm_head.weight"}),
              ElementsAre(false, true, true, true));
}

TEST(FrozenAmong, APatternThatMatchesNoneIsRefusedWithTheNearestName) {
  EXPECT_EQ(error_of([] {
              frozen_among({"lm_head.weight", "model.norm.weight"}, {"lm_heads.*"});
            }),
            "freeze: expected patterns of trained weights' names, found lm_heads.*, which matches "
            "none (did you mean lm_head.weight?)");
  const std::vector<std::string> names{"model.norm.weight", "model.layers.0.mlp.up_proj.weight"};
  EXPECT_THAT(error_of([&] { frozen_among(names, {"model.layer.0.*"}); }),
              HasSubstr("(did you mean model.layers.0.mlp.up_proj.weight?)"));
  EXPECT_THAT(error_of([&] { frozen_among(names, {"*up_prj.weight"}); }),
              HasSubstr("(did you mean model.layers.0.mlp.up_proj.weight?)"));
  EXPECT_THAT(error_of([] { frozen_among({}, {"x"}); }), HasSubstr("found x, which matches none"));
}

/// A folder with the autoregressive base of the tiny models.
class TrainableTest : public ::testing::Test {
 protected:
  TrainableTest() {
    model::save_checkpoint(base_, causal_config(), model::make_weights(causal_config(), 1));
  }
  ~TrainableTest() override { tensor::set_threads(0); }

  static model::Config causal_config() { return tiny_config(ModelKind::kCausal); }

  Checkpoint diffusion() const {
    return model::diffusion_from_causal(model::load_checkpoint(base_, ModelKind::kCausal), kPad, 3);
  }

  static TrainableSettings lora(double dropout = 0.0) {
    TrainableSettings settings;
    settings.lora.rank = 2;
    settings.lora.dropout = dropout;
    return settings;
  }

  test_support::TemporaryFolder folder_;
  std::filesystem::path base_ = folder_.path() / "base";
};

std::vector<std::string> names_of(const std::vector<tensor::NamedTensor>& weights) {
  std::vector<std::string> names;
  for (const auto& [name, weight] : weights) names.push_back(name);
  return names;
}

TEST_F(TrainableTest, EverythingIsTrainedUnlessItIsFrozen) {
  Checkpoint checkpoint = diffusion();
  const auto all = make_trainable(checkpoint, {}, base_, 1);
  EXPECT_EQ(all.size(), model::weight_slots(checkpoint.weights, checkpoint.config).size());
  for (const auto& [name, weight] : all) EXPECT_TRUE(weight.requires_grad()) << name;

  Checkpoint some = diffusion();
  TrainableSettings settings;
  settings.freeze = {"model.layers.*", "lm_head.*"};
  EXPECT_THAT(
      names_of(make_trainable(some, settings, base_, 1)),
      ElementsAre("model.embed_tokens.weight", "model.norm.weight", "timestep_embed.weight"));
  EXPECT_FALSE(some.weights.lm_head.requires_grad());
  settings.freeze = {"*"};
  EXPECT_EQ(error_of([&] { make_trainable(some, settings, base_, 1); }),
            "freeze: expected weights left to train, found none");
}

TEST_F(TrainableTest, AdaptersAndNewWeightsAreTrainedUnderTheNamesOfTheirFile) {
  Checkpoint checkpoint = diffusion();
  TrainableSettings settings = lora();
  settings.lora.targets = {"k_proj"};
  settings.lora.also_train = {"norm"};
  const auto names = names_of(make_trainable(checkpoint, settings, base_, 1));
  EXPECT_THAT(names, ElementsAre("base_model.model.model.layers.0.self_attn.k_proj.lora_A.weight",
                                 "base_model.model.model.layers.0.self_attn.k_proj.lora_B.weight",
                                 "base_model.model.model.layers.1.self_attn.k_proj.lora_A.weight",
                                 "base_model.model.model.layers.1.self_attn.k_proj.lora_B.weight",
                                 "base_model.model.model.norm.weight",
                                 "base_model.model.timestep_embed.weight"));
  EXPECT_EQ(checkpoint.weights.backbone.adapters->config.base, base_);
  EXPECT_FALSE(checkpoint.weights.backbone.embed.requires_grad());
  settings.freeze = {"*.lora_A.weight"};
  Checkpoint half = diffusion();
  EXPECT_EQ(make_trainable(half, settings, base_, 1).size(), 4u);
}

TEST_F(TrainableTest, NamesThatMeanNothingAreRefused) {
  Checkpoint checkpoint = diffusion();
  TrainableSettings settings = lora();
  settings.lora.targets = {"qproj"};
  EXPECT_EQ(error_of([&] { make_trainable(checkpoint, settings, base_, 1); }),
            "lora.targets: expected linear maps of the blocks, found qproj (did you mean q_proj?)");
  settings = lora();
  settings.lora.also_train = {"lm_heads"};
  EXPECT_EQ(error_of([&] { make_trainable(checkpoint, settings, base_, 1); }),
            "lora.also_train: expected names of weights, found lm_heads (did you mean lm_head?)");
  settings.lora.also_train = {"self_attn.q_proj"};
  EXPECT_EQ(error_of([&] { make_trainable(checkpoint, settings, base_, 1); }),
            "lora.also_train: expected other weights than lora.targets, found self_attn.q_proj");
  settings = lora();
  EXPECT_EQ(error_of([&] { make_trainable(checkpoint, settings, "", 1); }),
            "lora.rank: expected a base, or 0 for fresh weights");
}

TEST_F(TrainableTest, CountsWithoutWeightsWhatWouldBeTrained) {
  TrainableSettings frozen;
  frozen.freeze = {"model.layers.*", "lm_head.*"};
  TrainableSettings adapters = lora();
  adapters.lora.rank = 3;
  adapters.lora.also_train = {"norm"};
  TrainableSettings half = adapters;
  half.freeze = {"*.lora_A.weight"};
  for (const TrainableSettings& settings : {TrainableSettings{}, frozen, adapters, half}) {
    Checkpoint checkpoint = diffusion();
    std::int64_t count = 0;
    for (const auto& weight : make_trainable(checkpoint, settings, base_, 1)) {
      count += weight.tensor.numel();
    }
    EXPECT_EQ(count_trained(diffusion().config, settings, base_), count);
  }
  const auto error = [&](const TrainableSettings& settings) {
    return error_of([&] { count_trained(diffusion().config, settings, base_); });
  };
  half.lora.targets = {"qproj"};
  EXPECT_EQ(error(half),
            "lora.targets: expected linear maps of the blocks, found qproj (did you mean q_proj?)");
  frozen.freeze = {"*"};
  EXPECT_EQ(error(frozen), "freeze: expected weights left to train, found none");
}

/// Rows of random tokens.
std::unique_ptr<BatchSource> some_rows() {
  Rng rng(5, Stream::kSynthetic);
  std::vector<data::Example> rows(6);
  for (auto& row : rows) {
    for (int i = 0; i < 12; ++i) row.ids.push_back(static_cast<text::TokenId>(rng.below(kPad)));
  }
  return std::make_unique<DocumentBatches>(data::shuffled(rows, 3), rows, data::MaskObjective::kUl2,
                                           3);
}

DiffusionTask::Options task_options() {
  DiffusionTask::Options options;
  options.objective.timesteps = 100;
  options.validation_timesteps = {20};
  options.seed = 7;
  return options;
}

/// A diffusion model of which `settings` say what is trained, and its training.
struct Training {
  Training(Checkpoint start, const TrainableSettings& settings, const std::filesystem::path& base)
      : checkpoint(std::move(start)), weights(make_trainable(checkpoint, settings, base, 1)) {}

  void run(std::int64_t steps, std::int64_t accumulation = 1) {
    LoopSettings loop;
    loop.steps = steps;
    loop.batch_size = 4 / accumulation;
    loop.accumulation = accumulation;
    loop.learning_rate.peak = 1e-2;
    DiffusionTask trained(lm, some_rows(), loop.batch_size, weights, {}, task_options());
    run_training(trained, loop, {});
  }

  Checkpoint checkpoint;
  std::vector<tensor::NamedTensor> weights;
  model::SimplexLM lm{checkpoint.config, checkpoint.weights};
  DiffusionTask task{lm, some_rows(), 4, weights, {}, task_options()};
};

std::vector<at::Tensor> copies(Checkpoint& checkpoint) {
  std::vector<at::Tensor> tensors;
  model::for_each_parameter(
      checkpoint.weights, checkpoint.config,
      [&](const std::string&, at::Tensor& weight) { tensors.push_back(weight.detach().clone()); });
  return tensors;
}

TEST_F(TrainableTest, FrozenWeightsStayBitForBitAndHaveNoGradient) {
  TrainableSettings settings;
  settings.freeze = {"*.self_attn.*", "*norm.weight", "model.embed_tokens.weight"};
  Training training(diffusion(), settings, base_);
  const auto before = copies(training.checkpoint);
  torch::autograd::backward({training.task.loss(0)}, {});
  for (const auto& slot :
       model::weight_slots(training.checkpoint.weights, training.checkpoint.config)) {
    EXPECT_EQ(slot.tensor->grad().defined(), slot.tensor->requires_grad()) << slot.name;
  }
  training.run(4);
  const auto after = copies(training.checkpoint);
  std::size_t i = 0;
  for (const auto& slot :
       model::weight_slots(training.checkpoint.weights, training.checkpoint.config)) {
    EXPECT_EQ(after[i].equal(before[i]), !slot.tensor->requires_grad()) << slot.name;
    ++i;
  }
}

TEST_F(TrainableTest, TheOptimiserHoldsMomentsOfTrainedWeightsAlone) {
  TrainableSettings settings;
  settings.freeze = {"model.*", "timestep_embed.*"};
  Training training(diffusion(), settings, base_);
  torch::autograd::backward({training.task.loss(0)}, {});
  AdamW optimizer(training.task.parameters(), {});
  optimizer.step(1e-3);
  optimizer.save(folder_.path() / "moments.safetensors");
  const tensor::SafetensorsFile moments(folder_.path() / "moments.safetensors");
  EXPECT_THAT(moments.names(),
              ::testing::UnorderedElementsAre("mean.lm_head.weight", "variance.lm_head.weight"));
}

TEST_F(TrainableTest, AdaptersLearnWhileTheBaseStaysBitForBit) {
  Training training(diffusion(), lora(), base_);
  const auto before = copies(training.checkpoint);
  const double first = training.task.validate()[0].second;
  training.run(60);
  const at::NoGradGuard no_grad;
  EXPECT_LT(training.task.validate()[0].second, first - 0.1);
  const auto after = copies(training.checkpoint);
  std::size_t i = 0;
  for (const auto& slot :
       model::weight_slots(training.checkpoint.weights, training.checkpoint.config)) {
    EXPECT_EQ(after[i].equal(before[i]), slot.name != "timestep_embed.weight") << slot.name;
    ++i;
  }
}

TEST_F(TrainableTest, DropoutDependsNeitherOnThreadsNorOnTheCutIntoMicroBatches) {
  tensor::set_threads(1);
  Training one(diffusion(), lora(0.3), base_);
  const double loss = one.task.loss(2).item<double>();
  tensor::set_threads(2);
  Training two(diffusion(), lora(0.3), base_);
  EXPECT_EQ(two.task.loss(2).item<double>(), loss);
  tensor::set_threads(0);
  EXPECT_EQ(one.task.loss(2).item<double>(), loss);
  const at::NoGradGuard no_grad;
  EXPECT_EQ(one.task.validate(), two.task.validate());
}

}  // namespace
}  // namespace tess2::train
