#include "train/tasks.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "data/list_examples.h"
#include "support/random_tensors.h"
#include "tensor/runtime.h"
#include "train/tiny_models.h"

namespace tess2::train {
namespace {

using at::Tensor;
using model::ModelKind;
using test::kPad;
using test::kVocab;
using test::tiny_config;
using test::TrainableWeights;

constexpr std::size_t kLength = 12;

/// Rows of random tokens without padding.
std::vector<data::Example> random_rows(int rows, std::uint64_t seed = 5) {
  Rng rng(seed, Stream::kSynthetic);
  std::vector<data::Example> examples(static_cast<std::size_t>(rows));
  for (auto& example : examples) {
    example.ids.resize(kLength);
    for (auto& id : example.ids) id = static_cast<text::TokenId>(rng.below(kPad));
  }
  return examples;
}

/// A few rows to learn by heart: those of validation are those of training.
std::unique_ptr<BatchSource> few_rows(data::MaskObjective masks, int rows = 4) {
  return std::make_unique<DocumentBatches>(data::shuffled(random_rows(rows), 3), random_rows(rows),
                                           masks, 3);
}

void no_writing(const std::filesystem::path&) {}

double figure(const Figures& figures, const std::string& name) {
  for (const auto& [key, value] : figures) {
    if (key == name) return value;
  }
  ADD_FAILURE() << "no figure " << name;
  return 0.0;
}

Figures validated(TrainingTask& task) {
  const at::NoGradGuard no_grad;
  return task.validate();
}

/// Trains for `steps` steps and returns the figures before and after.
std::pair<Figures, Figures> train(TrainingTask& task, std::int64_t steps, std::int64_t batch_size,
                                  std::int64_t accumulation = 1) {
  LoopSettings settings;
  settings.steps = steps;
  settings.batch_size = batch_size;
  settings.accumulation = accumulation;
  settings.learning_rate.peak = 5e-3;
  settings.learning_rate.warmup_steps = 5;
  settings.validate_every = 0;
  std::vector<Figures> told;
  LoopObserver observer;
  observer.on_validation = [&](std::int64_t, const Figures& f) { told.push_back(f); };
  run_training(task, settings, observer);
  return {told.front(), told.back()};
}

DiffusionTask::Options diffusion_options(std::uint64_t seed = 7) {
  DiffusionTask::Options options;
  options.objective.timesteps = 100;
  options.validation_timesteps = {10, 90};
  options.seed = seed;
  return options;
}

/// A diffusion model and its training on a few rows.
struct DiffusionRun {
  explicit DiffusionRun(const DiffusionTask::Options& options = diffusion_options())
      : task(lm, few_rows(data::MaskObjective::kUl2), 8, trainable.list, no_writing, options) {}

  const model::Config config = tiny_config(ModelKind::kDiffusion);
  TrainableWeights trainable{config};
  model::SimplexLM lm{config, trainable.weights};
  DiffusionTask task;
};

TEST(DiffusionTask, LearnsAHandfulOfRowsByHeart) {
  DiffusionRun run;
  const auto [before, after] = train(run.task, 150, 8);
  EXPECT_NEAR(figure(before, "loss"), std::log(kVocab), 0.6);
  EXPECT_LT(figure(after, "loss"), 0.2 * figure(before, "loss"));
  EXPECT_LT(figure(after, "loss_t10"), figure(after, "loss_t90"));
}

TEST(DiffusionTask, ValidationLooksAtEachLevelAndAtTheirMean) {
  DiffusionRun run;
  const Figures figures = validated(run.task);
  ASSERT_EQ(figures.size(), 3u);
  EXPECT_EQ(figures[0].first, "loss");
  EXPECT_EQ(figures[1].first, "loss_t10");
  EXPECT_EQ(figures[2].first, "loss_t90");
  EXPECT_NEAR(figures[0].second, (figures[1].second + figures[2].second) / 2, 1e-9);
  EXPECT_EQ(figures, validated(run.task));
  DiffusionRun other_seed(diffusion_options(8));
  EXPECT_EQ(figures, validated(other_seed.task));
}

TEST(DiffusionTask, TheSameIndexGivesTheSameBatchLevelsAndNoise) {
  DiffusionRun run, again, other(diffusion_options(8));
  std::vector<double> losses;
  for (const std::int64_t index : {0, 1, 2, 5}) {
    losses.push_back(run.task.loss(index).item<double>());
    EXPECT_EQ(again.task.loss(index).item<double>(), losses.back()) << index;
    EXPECT_NE(other.task.loss(index).item<double>(), losses.back()) << index;
  }
  EXPECT_EQ(run.task.loss(0).item<double>(), losses[0]);
  EXPECT_NE(losses[0], losses[1]);
  EXPECT_EQ(run.task.tokens_per_batch(), 8 * 12);
}

TEST(DiffusionTask, TellsTheLossOfEachSequenceAtItsLevel) {
  DiffusionRun run;
  EXPECT_TRUE(run.task.level_losses().empty());
  const double loss = run.task.loss(3).item<double>();
  const auto levels = run.task.level_losses();
  const auto draw = diffusion::Objective(diffusion_options().objective).draw(7, 3, 8);
  ASSERT_EQ(levels.size(), 8u);
  double low = levels[0].loss, high = low;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    EXPECT_DOUBLE_EQ(levels[i].level, static_cast<double>(draw.timesteps[i]) / 100.0);
    low = std::min(low, levels[i].loss);
    high = std::max(high, levels[i].loss);
  }
  EXPECT_LT(low, loss);
  EXPECT_GT(high, loss);
}

TEST(DiffusionTask, FillsTheFirstHeldOutRowsForAReader) {
  auto options = diffusion_options();
  options.samples = 3;
  options.sample_steps = 4;
  options.decode = [](std::span<const text::TokenId> ids) {
    std::string text;
    for (const auto id : ids) text += std::to_string(id) + " ";
    return text;
  };
  DiffusionRun run(options);
  const at::NoGradGuard no_grad;
  const Samples samples = run.task.samples();
  ASSERT_EQ(samples.size(), 3u);
  const auto rows = random_rows(4);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::span ids(rows[i].ids);
    EXPECT_EQ(samples[i].given, options.decode(ids.first(kLength / 2)));
    EXPECT_EQ(std::ranges::count(samples[i].text, ' '), std::ptrdiff_t{kLength / 2});
  }
  EXPECT_EQ(run.task.samples()[0].text, samples[0].text);
  EXPECT_TRUE(DiffusionRun().task.samples().empty());
}

DiffusionTask::Options warping_options() {
  auto options = diffusion_options();
  options.time_warping = true;
  return options;
}

/// The loss of a micro-batch, from which the task learns as from a step of its own.
double loss_of_step(DiffusionTask& task, std::int64_t index) {
  const double loss = task.loss(index).item<double>();
  task.learn(task.level_losses());
  return loss;
}

TEST(DiffusionTask, UnderTimeWarpingTheLevelsFollowTheLosses) {
  DiffusionRun run(warping_options()), again(warping_options()), uniform;
  EXPECT_TRUE(uniform.task.learned().empty());
  double warped_mean = 0.0, uniform_mean = 0.0;
  for (std::int64_t index = 0; index < 150; ++index) {
    const double loss = loss_of_step(run.task, index);
    if (index < 5) {
      EXPECT_EQ(loss_of_step(again.task, index), loss);
    }
    loss_of_step(uniform.task, index);
    if (index < 120) continue;
    for (const LevelLoss& met : run.task.level_losses()) warped_mean += met.level;
    for (const LevelLoss& met : uniform.task.level_losses()) uniform_mean += met.level;
  }
  // An untrained model's loss does not depend on the level: all of F~ rises in the first bins.
  EXPECT_LT(warped_mean, 0.7 * uniform_mean);
  EXPECT_NEAR(uniform_mean / (30 * 8), 0.5, 0.05);
}

TEST(DiffusionTask, GoesOnWithWhatItsWarpHasLearned) {
  DiffusionRun whole(warping_options());
  for (std::int64_t index = 0; index < 40; ++index) loss_of_step(whole.task, index);
  DiffusionRun resumed(warping_options());
  resumed.task.restore_learned(whole.task.learned());
  for (std::int64_t index = 40; index < 45; ++index) {
    EXPECT_EQ(loss_of_step(resumed.task, index), loss_of_step(whole.task, index));
  }
  EXPECT_EQ(resumed.task.learned(), whole.task.learned());
  DiffusionRun forgetful(warping_options());
  EXPECT_NE(forgetful.task.loss(45).item<double>(), whole.task.loss(45).item<double>());
}

TEST(DiffusionTask, AttentionIsAnnealedFromCausalToBidirectional) {
  EXPECT_EQ(annealed_look_ahead(0, 10, 200), 0);
  EXPECT_EQ(annealed_look_ahead(1, 10, 200), 20);
  EXPECT_EQ(annealed_look_ahead(9, 10, 200), 180);
  EXPECT_EQ(annealed_look_ahead(10, 10, 200), std::nullopt);
  EXPECT_EQ(annealed_look_ahead(0, 0, 200), std::nullopt);

  auto options = diffusion_options();
  options.annealing_batches = 4;
  DiffusionRun annealed(options), bidirectional;
  model::Config causal_config = tiny_config(ModelKind::kDiffusion);
  causal_config.is_causal = true;
  const TrainableWeights trainable(causal_config);
  model::SimplexLM causal_lm(causal_config, trainable.weights);
  DiffusionTask causal(causal_lm, few_rows(data::MaskObjective::kUl2), 8, trainable.list,
                       no_writing, diffusion_options());
  const auto loss_of = [](DiffusionTask& task, std::int64_t index) {
    return task.loss(index).item<double>();
  };
  EXPECT_EQ(loss_of(annealed.task, 0), loss_of(causal, 0));
  EXPECT_NE(loss_of(annealed.task, 0), loss_of(bidirectional.task, 0));
  EXPECT_NE(loss_of(annealed.task, 2), loss_of(causal, 2));
  EXPECT_NE(loss_of(annealed.task, 2), loss_of(bidirectional.task, 2));
  EXPECT_EQ(loss_of(annealed.task, 4), loss_of(bidirectional.task, 4));
  annealed.task.loss(1);
  EXPECT_EQ(validated(annealed.task), validated(bidirectional.task));
}

TEST(BatchTask, ItsDataGoOnFromAPosition) {
  const auto streamed = [] {
    auto examples = std::make_unique<data::ListExamples>(random_rows(20));
    return std::make_unique<DocumentBatches>(data::Shuffle(std::move(examples), 6, 3),
                                             random_rows(2), data::MaskObjective::kUl2, 3);
  };
  const model::Config config = tiny_config(ModelKind::kDiffusion);
  const TrainableWeights trainable(config);
  model::SimplexLM lm(config, trainable.weights);
  DiffusionTask first(lm, streamed(), 4, trainable.list, no_writing, diffusion_options());
  for (const std::int64_t index : {0, 1, 2, 3}) first.loss(index);
  DiffusionTask second(lm, streamed(), 4, trainable.list, no_writing, diffusion_options());
  second.resume_data(first.data_position());
  for (const std::int64_t index : {4, 5, 9}) {
    EXPECT_EQ(second.loss(index).item<double>(), first.loss(index).item<double>()) << index;
  }
}

TEST(DiffusionTask, EachMicroBatchHasLevelsAndNoiseOfItsOwn) {
  DiffusionRun run;
  const diffusion::Objective objective(diffusion_options().objective);
  const auto source = few_rows(data::MaskObjective::kUl2);
  for (const std::int64_t index : {0, 3, 4}) {
    const Batch batch = source->training_batch(index, 8);
    std::vector<std::uint64_t> seeds;
    for (std::int64_t i = 0; i < 8; ++i) {
      seeds.push_back(derive_seed(7, static_cast<std::uint64_t>(index * 8 + i)));
    }
    const diffusion::Canvas canvas(batch.ids, batch.span_mask);
    const diffusion::CounterNoise noise(seeds);
    const auto expected =
        objective.loss(run.lm, canvas, objective.draw(7, index, 8), noise, 0).mean;
    EXPECT_EQ(run.task.loss(index).item<double>(), expected.item<double>()) << index;
  }
}

/// Every weight's gradient after the loss of one micro-batch, flattened.
Tensor gradient_of(DiffusionRun& run, std::int64_t index) {
  torch::autograd::backward({run.task.loss(index)}, {});
  std::vector<Tensor> parts;
  for (const auto& [name, weight] : run.trainable.list) {
    EXPECT_TRUE(weight.grad().defined());
    parts.push_back(weight.grad().flatten());
  }
  return at::cat(parts);
}

TEST(DiffusionTask, GradientsReachAllWeightsAndAreTheSameForAnyThreads) {
  tensor::set_threads(1);
  DiffusionRun one;
  const Tensor expected = gradient_of(one, 3);
  tensor::set_threads(2);
  DiffusionRun two;
  EXPECT_TRUE(gradient_of(two, 3).equal(expected));
  tensor::set_threads(0);
  for (const auto& [name, weight] : one.trainable.list) {
    EXPECT_GT(weight.grad().abs().max().item<float>(), 0.0f) << weight.sizes();
  }
}

/// An autoregressive model and its training on a few rows.
struct CausalRun {
  CausalRun(std::unique_ptr<BatchSource> source, std::int64_t batch_size, bool span_only)
      : task(lm, std::move(source), batch_size, trainable.list, no_writing, span_only) {}
  explicit CausalRun(std::int64_t batch_size)
      : CausalRun(few_rows(data::MaskObjective::kUnconditional), batch_size, false) {}

  const model::Config config = tiny_config(ModelKind::kCausal);
  TrainableWeights trainable{config};
  model::CausalLM lm{config, trainable.weights};
  CausalTask task;
};

TEST(CausalTask, LearnsAHandfulOfRowsByHeart) {
  CausalRun run(8);
  const auto [before, after] = train(run.task, 120, 8);
  EXPECT_NEAR(figure(before, "loss"), std::log(kVocab), 0.6);
  // What remains is the first tokens, which nothing foretells.
  EXPECT_LT(figure(after, "loss"), 0.25 * figure(before, "loss"));
}

TEST(CausalTask, TwoMicroBatchesOfFourEqualOneOfEight) {
  CausalRun whole(8), halves(4);
  train(whole.task, 6, 8);
  train(halves.task, 6, 4, 2);
  for (std::size_t i = 0; i < whole.trainable.list.size(); ++i) {
    EXPECT_TRUE(at::allclose(whole.trainable.list[i].tensor.detach(),
                             halves.trainable.list[i].tensor.detach(), 1e-3, 1e-4))
        << i;
  }
  const TrainableWeights fresh(whole.config);
  EXPECT_FALSE(at::allclose(whole.trainable.list[0].tensor.detach(), fresh.list[0].tensor.detach(),
                            1e-3, 1e-3));
}

/// Questions of four tokens, answers of four, then padding.
std::unique_ptr<BatchSource> padded_dialogues() {
  auto examples = random_rows(6);
  for (data::Example& example : examples) {
    std::fill(example.ids.begin() + 8, example.ids.end(), static_cast<text::TokenId>(kPad));
    example.split = 4;
  }
  return std::make_unique<DialogueBatches>(data::shuffled(examples, 3), examples, 3);
}

TEST(CausalTask, OfDialoguesCountsAnswersAndNoPadding) {
  CausalRun run(padded_dialogues(), 6, true);
  const Batch batch = padded_dialogues()->training_batch(2, 6);
  Tensor answers = at::zeros({6, 12}, at::kBool);
  answers.narrow(1, 4, 4).fill_(true);
  const double expected = run.lm.loss(batch.ids, answers).item<double>();
  EXPECT_NEAR(run.task.loss(2).item<double>(), expected, 1e-6);
  EXPECT_GT(std::abs(expected - run.lm.loss(batch.ids, batch.span_mask).item<double>()), 1e-4);
}

TEST(CausalTask, OfDocumentsCountsEverything) {
  CausalRun run(padded_dialogues(), 6, false);
  const Batch batch = padded_dialogues()->training_batch(2, 6);
  EXPECT_NEAR(run.task.loss(2).item<double>(), run.lm.loss(batch.ids).item<double>(), 1e-6);
}

/// Pairs of differing lengths; the chosen side holds token 3 wherever the rejected one holds 4.
std::vector<data::Example> separable_pairs(int count, std::uint64_t seed) {
  Rng rng(seed, Stream::kSynthetic);
  std::vector<data::Example> pairs(static_cast<std::size_t>(count));
  for (auto& pair : pairs) {
    for (const text::TokenId mark : {3, 4}) {
      std::vector<text::TokenId> side;
      const std::int64_t length = rng.between(4, 9);
      for (std::int64_t l = 0; l < length; ++l) {
        side.push_back(static_cast<text::TokenId>(rng.between(5, kPad - 1)));
      }
      side[rng.below(side.size())] = mark;
      if (mark == 3) pair.split = side.size();
      pair.ids.insert(pair.ids.end(), side.begin(), side.end());
    }
  }
  return pairs;
}

/// A reward model and its training.
struct RewardRun {
  RewardRun(data::Shuffle training, std::vector<data::Example> validation, std::int64_t batch_size,
            const std::optional<RewardTask::Noise>& noise = std::nullopt)
      : task(model, std::move(training), std::move(validation), 20, batch_size, trainable.list,
             no_writing, noise) {}
  RewardRun(std::vector<data::Example> training, std::vector<data::Example> validation,
            std::int64_t batch_size)
      : RewardRun(data::shuffled(std::move(training), 3), std::move(validation), batch_size) {}

  const model::Config config = tiny_config(ModelKind::kReward);
  TrainableWeights trainable{config};
  model::RewardModel model{config, trainable.weights};
  RewardTask task;
};

TEST(RewardTask, TellsSeparablePairsApart) {
  RewardRun run(separable_pairs(64, 1), separable_pairs(30, 2), 16);
  const auto [before, after] = train(run.task, 100, 16);
  EXPECT_NEAR(figure(before, "loss"), std::log(2.0), 0.2);
  EXPECT_EQ(figure(after, "accuracy"), 1.0);
  EXPECT_LT(figure(after, "loss"), 0.1);
  EXPECT_GT(figure(after, "margin"), 2.0);
}

TEST(RewardTask, ItsFiguresAreMeansOverAllPairs) {
  const auto pairs = separable_pairs(7, 2);
  RewardRun run(separable_pairs(4, 1), pairs, 3);  // the last batch holds one pair
  const auto score = [&](const std::vector<text::TokenId>& ids) {
    const Tensor row = stack_ids({ids});
    return run.model.score(row).item<double>();
  };
  double loss = 0.0, accuracy = 0.0, margin = 0.0;
  for (const auto& pair : pairs) {
    const auto middle = pair.ids.begin() + static_cast<std::ptrdiff_t>(pair.split);
    const double difference = score({pair.ids.begin(), middle}) - score({middle, pair.ids.end()});
    loss += std::log1p(std::exp(-difference)) / 7;
    accuracy += (difference > 0 ? 1.0 : 0.0) / 7;
    margin += difference / 7;
  }
  const Figures figures = validated(run.task);
  EXPECT_NEAR(figure(figures, "loss"), loss, 1e-5);
  EXPECT_NEAR(figure(figures, "accuracy"), accuracy, 1e-9);
  EXPECT_NEAR(figure(figures, "margin"), margin, 1e-5);
}

TEST(RewardTask, TellsTheMarginsOfItsValidationPairs) {
  RewardRun run(separable_pairs(4, 1), separable_pairs(7, 2), 3);
  EXPECT_TRUE(run.task.margins().empty());
  const Figures figures = validated(run.task);
  const Margins margins = run.task.margins();
  ASSERT_EQ(margins.size(), 7u);
  double sum = 0.0;
  for (const double margin : margins) sum += margin;
  EXPECT_NEAR(figure(figures, "margin"), sum / 7, 1e-6);
}

/// Training on noised inputs, few levels.
RewardTask::Noise some_noise(std::uint64_t seed = 4) {
  RewardTask::Noise noise;
  noise.levels.timesteps = 50;
  noise.seed = seed;
  return noise;
}

TEST(RewardTask, LearnsFromNoisedInputsAndTellsBothAccuracies) {
  RewardRun run(data::shuffled(separable_pairs(64, 1), 3), separable_pairs(30, 2), 16,
                some_noise());
  const auto [before, after] = train(run.task, 150, 16);
  EXPECT_EQ(before.size(), 5u);
  EXPECT_NEAR(figure(before, "noised_loss"), std::log(2.0), 0.2);
  EXPECT_GT(figure(after, "accuracy"), 0.9);
  EXPECT_GT(figure(after, "noised_accuracy"), 0.6);
  EXPECT_LT(figure(after, "noised_accuracy"), figure(after, "accuracy"));
}

TEST(RewardTask, NoiseIsAFunctionOfTheSeedAndThePlaceOfThePair) {
  const auto make = [](std::uint64_t seed, std::int64_t batch_size) {
    return std::make_unique<RewardRun>(data::shuffled(separable_pairs(20, 1), 3),
                                       separable_pairs(7, 2), batch_size, some_noise(seed));
  };
  const auto run = make(4, 3);
  const double loss = run->task.loss(1).item<double>();
  EXPECT_EQ(make(4, 3)->task.loss(1).item<double>(), loss);
  EXPECT_NE(make(5, 3)->task.loss(1).item<double>(), loss);
  const Figures figures = validated(run->task);
  EXPECT_EQ(validated(run->task), figures);
  EXPECT_NEAR(figure(validated(make(5, 7)->task), "noised_loss"), figure(figures, "noised_loss"),
              1e-5);
}

TEST(RewardTask, TheSameIndexGivesTheSamePairs) {
  RewardRun run(separable_pairs(20, 1), separable_pairs(4, 2), 3);
  RewardRun again(separable_pairs(20, 1), separable_pairs(4, 2), 3);
  const double first = run.task.loss(0).item<double>();
  EXPECT_NE(run.task.loss(1).item<double>(), first);
  EXPECT_EQ(run.task.loss(0).item<double>(), first);
  EXPECT_EQ(again.task.loss(0).item<double>(), first);
}

TEST(RewardTask, WritesThroughItsFunctionAndCountsItsTokens) {
  const model::Config config = tiny_config(ModelKind::kReward);
  const TrainableWeights trainable(config);
  model::RewardModel model(config, trainable.weights);
  std::vector<std::filesystem::path> written;
  const data::Example pair{{3, 5, 6, 4, 5, 6, 7, 8}, 3};
  RewardTask task(model, data::shuffled({pair}, 3), {pair}, 20, 2, trainable.list,
                  [&](const std::filesystem::path& folder) { written.push_back(folder); });
  task.write_model("there");
  EXPECT_EQ(written, std::vector<std::filesystem::path>{"there"});
  EXPECT_EQ(task.tokens_per_batch(), 2 * 2 * 5);
}

TEST(RewardTask, IsAsLongAsAPairMayBeWhereNotAllPairsAreKnown) {
  const auto pairs = separable_pairs(10, 1);
  RewardRun run({std::make_unique<data::ListExamples>(pairs), 4, 3}, pairs, 2);
  EXPECT_EQ(run.task.tokens_per_batch(), 2 * 2 * 20);
  EXPECT_TRUE(std::isfinite(run.task.loss(6).item<double>()));
}

}  // namespace
}  // namespace tess2::train
