// Training in bfloat16 against float32, on the reference's adaptation of stories260K.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <vector>

#include "data/documents.h"
#include "data/examples.h"
#include "model/checkpoint.h"
#include "model/simplex_lm.h"
#include "reference/reference_run.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "text/tokenizer.h"
#include "train/batches.h"
#include "train/optimizer.h"
#include "train/tasks.h"

namespace tess2::reference {
namespace {

constexpr std::int64_t kSteps = 200;

/// The reference's training by hand, its model computing in either precision on the same weights.
class TwoPrecisions {
 public:
  explicit TwoPrecisions(const train::AdaptSettings& settings)
      : settings_(settings),
        tokenizer_(text::load_tokenizer_with_pad(settings.base)),
        start_(model::diffusion_from_causal(
            model::load_checkpoint(settings.base, model::ModelKind::kCausal),
            tokenizer_->pad().value(), settings.seed)),
        parameters_(trainable()),
        exact_(start_.config, start_.weights),
        half_(start_.config, start_.weights, {at::kBFloat16, false}),
        exact_task_(task_of(exact_)),
        half_task_(task_of(half_)),
        optimizer_(parameters_, settings.loop.optimizer) {}

  /// The losses of step `step` in float32 and in bfloat16; then takes the step in float32.
  std::pair<double, double> step(std::int64_t step) {
    double half = 0.0;
    {
      const at::NoGradGuard no_grad;
      half = half_task_->loss(step).item<double>();
    }
    const at::Tensor loss = exact_task_->loss(step);
    torch::autograd::backward({loss}, {});
    optimizer_.step(train::learning_rate(settings_.loop.learning_rate, step, settings_.loop.steps));
    return {loss.item<double>(), half};
  }

 private:
  std::vector<tensor::NamedTensor> trainable() {
    std::vector<tensor::NamedTensor> list;
    model::for_each_parameter(start_.weights, start_.config,
                              [&](const std::string& name, at::Tensor& weight) {
                                weight = weight.to(at::kFloat).clone().requires_grad_(true);
                                list.push_back({name, weight});
                              });
    return list;
  }

  std::unique_ptr<train::DiffusionTask> task_of(model::SimplexLM& lm) const {
    const auto encoder = std::make_shared<data::DocumentEncoder>(
        *tokenizer_, static_cast<std::size_t>(settings_.length));
    const data::Reading reading(settings_.paths.reading);
    data::Shuffle training(
        data::open_examples({settings_.paths.train, {}}, encoder, reading, settings_.seed),
        static_cast<std::size_t>(settings_.paths.shuffle_buffer), settings_.seed, reading.log);
    auto batches = std::make_unique<train::DocumentBatches>(
        std::move(training),
        data::read_examples({settings_.paths.validation, {}}, encoder, reading, 1), settings_.masks,
        settings_.seed);
    train::DiffusionTask::Options options;
    options.seed = settings_.seed;
    return std::make_unique<train::DiffusionTask>(lm, std::move(batches), settings_.loop.batch_size,
                                                  parameters_, train::WriteModel(), options);
  }

  train::AdaptSettings settings_;
  std::unique_ptr<text::Tokenizer> tokenizer_;
  model::Checkpoint start_;
  std::vector<tensor::NamedTensor> parameters_;
  model::SimplexLM exact_, half_;
  std::unique_ptr<train::DiffusionTask> exact_task_, half_task_;
  train::AdamW optimizer_;
};

TEST(PrecisionReference, AStepInBfloat16HasTheLossOfOneInFloat32) {
  TESS2_SHARED_OR_SKIP(model, "models/stories260K");
  TESS2_SHARED_OR_SKIP(training, "data/stories/train.jsonl.gz");
  TESS2_SHARED_OR_SKIP(validation, "data/stories/valid.jsonl");
  train::AdaptSettings settings = reference_settings({model, training, validation, {}}, {});
  settings.loop.steps = kSteps;
  TwoPrecisions run(settings);
  double furthest = 0.0, first = 0.0, last = 0.0;
  for (std::int64_t i = 0; i < kSteps; ++i) {
    const auto [exact, half] = run.step(i);
    EXPECT_NEAR(half / exact, 1.0, 0.02) << "step " << i;
    furthest = std::max(furthest, std::abs(half / exact - 1.0));
    if (i == 0) first = exact;
    last = exact;
  }
  std::cout << "steps apart by " << 100.0 * furthest << " % at most\n";
  EXPECT_LT(last, 0.7 * first);
}

// The losses of single steps part in the end, as those of any two runs with different roundings do;
// what is learnt does not.
TEST(PrecisionReference, ARunInBfloat16LearnsAsOneInFloat32) {
  TESS2_SHARED_OR_SKIP(model, "models/stories260K");
  TESS2_SHARED_OR_SKIP(training, "data/stories/train.jsonl.gz");
  TESS2_SHARED_OR_SKIP(validation, "data/stories/valid.jsonl");
  const SharedFiles files{model, training, validation, {}};
  const test_support::TemporaryFolder folder;
  std::map<train::Precision, Adaptation> runs;
  for (const auto& [name, precision] : train::precision_names()) {
    train::AdaptSettings settings = reference_settings(files, folder.path() / name);
    settings.loop.steps = kSteps;
    settings.loop.precision.precision = precision;
    runs[precision] = adapt(settings);
  }
  const auto& exact = runs[train::Precision::kFloat32].steps;
  const auto& half = runs[train::Precision::kBf16].steps;
  ASSERT_EQ(std::ssize(exact), kSteps);
  ASSERT_EQ(std::ssize(half), kSteps);
  double apart = 0.0, furthest = 0.0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double difference = std::abs(half[i] / exact[i] - 1.0);
    apart += difference / static_cast<double>(exact.size());
    furthest = std::max(furthest, difference);
  }
  std::cout << "steps apart by " << 100.0 * apart << " % in the mean, " << 100.0 * furthest
            << " % at most\n";
  EXPECT_LT(apart, 0.02);
  constexpr std::ptrdiff_t kWindow = 20;
  for (auto at = std::ptrdiff_t{0}; at < std::ssize(exact); at += kWindow) {
    const double expected = std::accumulate(exact.begin() + at, exact.begin() + at + kWindow, 0.0);
    const double found = std::accumulate(half.begin() + at, half.begin() + at + kWindow, 0.0);
    EXPECT_NEAR(found / expected, 1.0, 0.02) << "from step " << at;
  }
}

}  // namespace
}  // namespace tess2::reference
