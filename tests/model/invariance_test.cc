// What a sequence becomes is a function of its ids, span, seed and the settings alone: threads and
// the rest of the batch leave no bit changed, on the real models.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "diffusion/whole_run.h"
#include "model/canvas_test_support.h"
#include "model/model_test_support.h"
#include "model/reward_model.h"
#include "model/simplex_lm.h"
#include "tensor/runtime.h"

namespace tess2::model {
namespace {

using diffusion::Canvas;
using diffusion::SamplerKind;
using diffusion::testing::WholeRun;
using test::wide_config;

/// The shape of the stories260K model, adapted.
Config stories_config(ModelKind kind) {
  Config config = wide_config(kind);
  config.vocab_size = 513;
  config.hidden_size = 64;
  config.intermediate_size = 172;
  config.num_hidden_layers = 5;
  config.num_attention_heads = 8;
  config.num_key_value_heads = 4;
  config.head_dim = 8;
  return config;
}

struct Case {
  std::string name;
  Config (*config)(ModelKind);
  std::int64_t length;
  SamplerKind kind;
  double guidance_scale;
};

class Invariance : public ::testing::TestWithParam<Case> {
 protected:
  Invariance()
      : config_(GetParam().config(ModelKind::kDiffusion)),
        lm_(config_, make_weights(config_, 1)),
        reward_(GetParam().config(ModelKind::kReward),
                make_weights(GetParam().config(ModelKind::kReward), 2)),
        canvas_(test::random_canvas({7, 0, 30, 64, 1, 12, 33, 50}, GetParam().length,
                                    config_.vocab_size, 3)) {}
  ~Invariance() override { tensor::set_threads(0); }

  WholeRun sample(const Canvas& canvas, const std::vector<std::uint64_t>& seeds, int threads,
                  bool dense = false) {
    tensor::set_threads(threads);
    diffusion::SamplerSettings settings;
    settings.steps = 11;
    settings.kind = GetParam().kind;
    settings.dense = dense;
    diffusion::RewardGuidance guidance(reward_,
                                       {.scale = GetParam().guidance_scale, .inner_steps = 2});
    const bool guided = GetParam().guidance_scale > 0.0;
    diffusion::Sampling sampling(lm_, settings, guided ? &guidance : nullptr, canvas, seeds);
    return diffusion::testing::finish(sampling);
  }

  void expect_part(const WholeRun& whole, std::int64_t b, const WholeRun& alone) const {
    const std::int64_t begin = canvas_.row_begin(b);
    const at::Tensor rows = whole.logits.narrow(0, begin, canvas_.row_begin(b + 1) - begin);
    EXPECT_TRUE(alone.ids[0].equal(whole.ids[b])) << "tokens of sequence " << b;
    EXPECT_TRUE(alone.logits.equal(rows)) << "logits of sequence " << b;
  }

  Config config_;
  SimplexLM lm_;
  RewardModel reward_;
  Canvas canvas_;
  const std::vector<std::uint64_t> seeds_{11, 12, 13, 14, 15, 16, 17, 18};
};

TEST_P(Invariance, SameTokensFor1And2ThreadsAloneAndInABatchOf8) {
  const WholeRun one = sample(canvas_, seeds_, 1);
  const WholeRun two = sample(canvas_, seeds_, 2);
  EXPECT_TRUE(one.ids.equal(two.ids));
  EXPECT_TRUE(one.logits.equal(two.logits));
  for (const std::int64_t b : {0, 1, 5, 7}) {
    const Canvas alone = test::only_sequence(canvas_, b);
    const std::vector<std::uint64_t> seed{seeds_[static_cast<std::size_t>(b)]};
    expect_part(one, b, sample(alone, seed, 1));
    expect_part(one, b, sample(alone, seed, 2));
  }
}

TEST_P(Invariance, DenseAndRegeneratedNoiseGiveTheSameTokens) {
  const Canvas first = test::only_sequence(canvas_, 0);
  const WholeRun regenerated = sample(first, {11}, 2);
  const WholeRun dense = sample(first, {11}, 2, true);
  EXPECT_TRUE(regenerated.ids.equal(dense.ids));
  EXPECT_TRUE(regenerated.logits.equal(dense.logits));
}

TEST_P(Invariance, TheSeedAndThePromptDoMatter) {
  const Canvas first = test::only_sequence(canvas_, 0);
  const WholeRun result = sample(first, {11}, 2);
  EXPECT_FALSE(result.ids.equal(sample(first, {12}, 2).ids));
  const at::Tensor other_prompt = first.ids().clone();
  other_prompt[0][3] = (other_prompt[0][3] + 1).remainder(config_.vocab_size);
  const Canvas changed(other_prompt, first.span_mask());
  EXPECT_FALSE(result.logits.equal(sample(changed, {11}, 2).logits));
}

INSTANTIATE_TEST_SUITE_P(
    Models, Invariance,
    ::testing::Values(Case{"wide", wide_config, 80, SamplerKind::kDdpm, 0.0},
                      Case{"wide_guided", wide_config, 80, SamplerKind::kDdpm, 3.0},
                      Case{"wide_ddim", wide_config, 80, SamplerKind::kDdim, 0.0},
                      Case{"stories", stories_config, 100, SamplerKind::kDdpm, 0.0},
                      Case{"stories_guided", stories_config, 100, SamplerKind::kDdpm, 3.0}),
    [](const auto& test_case) { return test_case.param.name; });

}  // namespace
}  // namespace tess2::model
