// The kinds of training: diffusion, autoregressive, reward.
#pragma once

#include <cstdint>
#include <filesystem>
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

/// Writes the model of a task into an existing folder.
using WriteModel = std::function<void(const std::filesystem::path& folder)>;

/// What the tasks on token batches share.
class BatchTask : public TrainingTask {
 public:
  /// `weights` must already require gradients (see `make_trainable`).
  BatchTask(std::unique_ptr<BatchSource> source, std::int64_t batch_size,
            std::vector<tensor::NamedTensor> weights, WriteModel write);

  std::vector<tensor::NamedTensor> parameters() override { return weights_; }
  std::int64_t tokens_per_batch() const override { return batch_size_ * source_->length(); }
  data::DataFigures data_figures() const override { return source_->examples().figures(); }
  std::string data_position() override { return source_->examples().position(); }
  void resume_data(const std::string& position) override { source_->examples().resume(position); }
  void write_model(const std::filesystem::path& folder) override { write_(folder); }

 protected:
  Batch training_batch(std::int64_t index) { return source_->training_batch(index, batch_size_); }
  const std::vector<Batch>& validation_batches() const { return source_->validation(); }
  std::int64_t batch_size() const { return batch_size_; }

 private:
  std::unique_ptr<BatchSource> source_;
  std::int64_t batch_size_;
  std::vector<tensor::NamedTensor> weights_;
  WriteModel write_;
};

/// Adaptation and instruction tuning (section 3).
class DiffusionTask final : public BatchTask {
 public:
  struct Options {
    diffusion::ObjectiveSettings objective;
    /// Noise levels t at which validation looks, without a previous prediction.
    std::vector<std::int64_t> validation_timesteps;
    std::uint64_t seed = 0;
    /// Draws noise levels where the loss rises, as learned (diffusion/time_warp.h).
    bool time_warping = false;
    /// Micro-batches over which attention is annealed from causal to bidirectional
    /// (`annealed_look_ahead`).
    std::int64_t annealing_batches = 0;
    /// Held-out rows whose span the model fills at a validation, and the denoising steps for that.
    std::int64_t samples = 0;
    std::int64_t sample_steps = 20;
    /// The text of tokens; needed where there are samples.
    std::function<std::string(std::span<const text::TokenId>)> decode = {};
    /// Told what time warping has learned (`TimeWarp::shares`) before the model is written.
    std::function<void(std::vector<double> level_shares)> on_level_shares = {};
  };

  DiffusionTask(model::SimplexLM& lm, std::unique_ptr<BatchSource> source, std::int64_t batch_size,
                std::vector<tensor::NamedTensor> weights, WriteModel write, const Options& options);

  /// With time warping it also depends on what was learned before.
  at::Tensor loss(std::int64_t index) override;
  std::vector<LevelLoss> level_losses() const override { return level_losses_; }
  /// With time warping one step of its fit a micro-batch.
  void learn(std::span<const LevelLoss> met) override;
  std::string learned() const override { return warp_ ? warp_->state() : std::string(); }
  void restore_learned(const std::string& learned) override;
  void write_model(const std::filesystem::path& folder) override;
  /// `loss_t250`, ... : the mean validation loss at each noise level, and `loss`, their mean.
  Figures validate() override;
  /// Of the first held-out rows; `given` is what stands outside the span.
  Samples samples() override;

 private:
  double validation_loss(std::int64_t timestep);
  void note_levels(const diffusion::TrainingDraw& draw, const at::Tensor& losses);

  model::SimplexLM& lm_;
  diffusion::Objective objective_;
  Options options_;
  std::optional<diffusion::TimeWarp> warp_;
  std::vector<LevelLoss> level_losses_;
};

/// Positions after its own that each position sees in micro-batch `index` of `batches` over which
/// attention is annealed: none in the first, and evenly more. From `batches` on nothing, for then
/// every position sees all `length`.
std::optional<std::int64_t> annealed_look_ahead(std::int64_t index, std::int64_t batches,
                                                std::int64_t length);

/// Autoregressive pretraining and tuning, the baseline. Labels that are padding do not count.
class CausalTask final : public BatchTask {
 public:
  CausalTask(model::CausalLM& lm, std::unique_ptr<BatchSource> source, std::int64_t batch_size,
             std::vector<tensor::NamedTensor> weights, WriteModel write, bool span_only);

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
  /// Training on noised inputs: where the sides of a pair differ, from their first differing token
  /// to their ends, the model reads the softmax of a noisy simplex. t is drawn for each pair, the
  /// noise for each side.
  struct Noise {
    diffusion::ObjectiveSettings levels = {};  ///< T and the schedule
    std::uint64_t seed = 0;
  };

  /// No side of a pair is longer than `max_length`. Batches are as long as the longest side, where
  /// all pairs fit in the shuffle's buffer.
  RewardTask(model::RewardModel& model, data::Shuffle training,
             std::vector<data::Example> validation, std::int64_t max_length,
             std::int64_t batch_size, std::vector<tensor::NamedTensor> weights, WriteModel write,
             const std::optional<Noise>& noise = std::nullopt);

  std::vector<tensor::NamedTensor> parameters() override { return weights_; }
  at::Tensor loss(std::int64_t index) override;
  std::int64_t tokens_per_batch() const override { return 2 * batch_size_ * length_; }
  /// `loss`, `accuracy` (share of pairs whose chosen side scores higher) and `margin` (mean
  /// difference) of clean inputs; where training is on noised ones, `noised_loss` and
  /// `noised_accuracy` as well, each pair at a level and with noise of its own, the same each time.
  Figures validate() override;
  Margins margins() override { return margins_; }
  data::DataFigures data_figures() const override { return training_.figures(); }
  std::string data_position() override { return training_.position(); }
  void resume_data(const std::string& position) override { training_.resume(position); }
  void write_model(const std::filesystem::path& folder) override { write_(folder); }

 private:
  struct Side {
    at::Tensor ids;     ///< [B,L]
    at::Tensor differ;  ///< [B,L] bool: where the noise goes
  };
  struct PairBatch {
    Side chosen;
    Side rejected;
  };
  PairBatch make_batch(std::span<const data::Example> pairs) const;
  /// Differences of scores [B], chosen minus rejected.
  at::Tensor clean_margins(const PairBatch& batch) const;
  /// The same of noised inputs: a level t a pair, and the noise of the pairs from `first` on.
  at::Tensor noised_margins(const PairBatch& batch, const std::vector<std::int64_t>& timesteps,
                            std::uint64_t seed, std::int64_t first) const;
  at::Tensor noised_scores(const Side& side, const std::vector<std::int64_t>& timesteps,
                           std::uint64_t seed, std::int64_t first) const;
  /// Margins of all validation pairs, by `margins_of(batch, index of its first pair)`.
  template <class MarginsOf>
  Margins validation_margins(const MarginsOf& margins_of) const;

  model::RewardModel& model_;
  data::Shuffle training_;
  std::vector<data::Example> validation_;
  std::int64_t batch_size_;
  std::int64_t length_;  ///< of the longest side
  std::vector<tensor::NamedTensor> weights_;
  WriteModel write_;
  std::optional<Noise> noise_;
  Margins margins_;
};

}  // namespace tess2::train
