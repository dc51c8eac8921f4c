// The kinds of training: diffusion, autoregressive, reward.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "data/example.h"
#include "data/shuffle.h"
#include "diffusion/objective.h"
#include "model/causal_lm.h"
#include "model/reward_model.h"
#include "model/simplex_lm.h"
#include "train/batches.h"
#include "train/loop.h"

namespace tess2::train {

/// Writes the checkpoint of a task; given the step that it stands at.
using SaveFunction = std::function<void(std::int64_t step)>;

/// What the tasks on token batches share.
class BatchTask : public TrainingTask {
 public:
  /// `weights` must already require gradients (see `make_trainable`).
  BatchTask(std::unique_ptr<BatchSource> source, std::int64_t batch_size,
            std::vector<at::Tensor> weights, SaveFunction save);

  std::vector<at::Tensor> parameters() override { return weights_; }
  std::int64_t tokens_per_batch() const override { return batch_size_ * source_->length(); }
  data::DataFigures data_figures() const override { return source_->examples().figures(); }
  void save(std::int64_t step) override { save_(step); }

 protected:
  Batch training_batch(std::int64_t index) { return source_->training_batch(index, batch_size_); }
  const std::vector<Batch>& validation_batches() const { return source_->validation(); }
  std::int64_t batch_size() const { return batch_size_; }

 private:
  std::unique_ptr<BatchSource> source_;
  std::int64_t batch_size_;
  std::vector<at::Tensor> weights_;
  SaveFunction save_;
};

/// Adaptation and instruction tuning (section 3).
class DiffusionTask final : public BatchTask {
 public:
  struct Options {
    diffusion::ObjectiveSettings objective;
    /// Noise levels t at which validation looks, without a previous prediction.
    std::vector<std::int64_t> validation_timesteps;
    std::uint64_t seed = 0;
  };

  DiffusionTask(model::SimplexLM& lm, std::unique_ptr<BatchSource> source, std::int64_t batch_size,
                std::vector<at::Tensor> weights, SaveFunction save, const Options& options);

  at::Tensor loss(std::int64_t index) override;
  /// `loss_t250`, ... : the mean validation loss at each noise level, and `loss`, their mean.
  Figures validate() override;

 private:
  double validation_loss(std::int64_t timestep);

  model::SimplexLM& lm_;
  diffusion::Objective objective_;
  Options options_;
};

/// Autoregressive pretraining and tuning, the baseline. Labels that are padding do not count.
class CausalTask final : public BatchTask {
 public:
  CausalTask(model::CausalLM& lm, std::unique_ptr<BatchSource> source, std::int64_t batch_size,
             std::vector<at::Tensor> weights, SaveFunction save, bool span_only);

  at::Tensor loss(std::int64_t index) override;
  Figures validate() override;

 private:
  at::Tensor loss_of(const Batch& batch) const;

  model::CausalLM& lm_;
  bool span_only_;
};

/// The reward model on preference pairs (section 5).
class RewardTask final : public TrainingTask {
 public:
  /// No side of a pair is longer than `max_length`. Batches are as long as the longest side, where
  /// all pairs fit in the shuffle's buffer.
  RewardTask(model::RewardModel& model, data::Shuffle training,
             std::vector<data::Example> validation, std::int64_t max_length,
             std::int64_t batch_size, std::vector<at::Tensor> weights, SaveFunction save);

  std::vector<at::Tensor> parameters() override { return weights_; }
  at::Tensor loss(std::int64_t index) override;
  std::int64_t tokens_per_batch() const override { return 2 * batch_size_ * length_; }
  /// `loss`, `accuracy` (share of pairs whose chosen side scores higher) and `margin` (mean
  /// difference).
  Figures validate() override;
  data::DataFigures data_figures() const override { return training_.figures(); }
  void save(std::int64_t step) override { save_(step); }

 private:
  struct PairBatch {
    at::Tensor chosen;
    at::Tensor rejected;
  };
  PairBatch make_batch(std::span<const data::Example> pairs) const;

  model::RewardModel& model_;
  data::Shuffle training_;
  std::vector<data::Example> validation_;
  std::int64_t batch_size_;
  std::int64_t length_;  ///< of the longest side
  std::vector<at::Tensor> weights_;
  SaveFunction save_;
};

}  // namespace tess2::train
