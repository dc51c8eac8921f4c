#include "train/tasks.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/random.h"
#include "diffusion/sampling.h"

namespace tess2::train {
namespace {

/// Validation noise has seeds of its own, so that it is the same at each look.
constexpr std::uint64_t kValidationSeed = 0x76616c6964617465;

diffusion::CounterNoise noise_of(std::uint64_t seed, std::int64_t first, std::int64_t count) {
  std::vector<std::uint64_t> seeds;
  for (std::int64_t i = 0; i < count; ++i) {
    seeds.push_back(derive_seed(seed, static_cast<std::uint64_t>(first + i)));
  }
  return diffusion::CounterNoise(seeds);
}

/// The chosen and the rejected side of a pair.
std::pair<std::span<const text::TokenId>, std::span<const text::TokenId>> sides(
    const data::Example& pair) {
  const std::span ids(pair.ids);
  return {ids.first(pair.split), ids.subspan(pair.split)};
}

std::int64_t longest_side(std::span<const data::Example> pairs) {
  std::size_t longest = 0;
  for (const data::Example& pair : pairs) {
    longest = std::max({longest, pair.split, pair.ids.size() - pair.split});
  }
  return static_cast<std::int64_t>(longest);
}

std::vector<text::TokenId> tokens_where(const at::Tensor& ids, const at::Tensor& mask) {
  const at::Tensor chosen = ids.masked_select(mask).contiguous();
  const auto* data = chosen.data_ptr<std::int64_t>();
  return {data, data + chosen.numel()};
}

}  // namespace

BatchTask::BatchTask(std::unique_ptr<BatchSource> source, std::int64_t batch_size,
                     std::vector<tensor::NamedTensor> weights, WriteModel write)
    : source_(std::move(source)),
      batch_size_(batch_size),
      weights_(std::move(weights)),
      write_(std::move(write)) {}

DiffusionTask::DiffusionTask(model::SimplexLM& lm, std::unique_ptr<BatchSource> source,
                             std::int64_t batch_size, std::vector<tensor::NamedTensor> weights,
                             WriteModel write, const Options& options)
    : BatchTask(std::move(source), batch_size, std::move(weights), std::move(write)),
      lm_(lm),
      objective_(options.objective),
      options_(options) {
  if (!options_.time_warping) return;
  warp_.emplace(options_.objective.timesteps, std::log(static_cast<double>(lm.vocab_size())));
}

at::Tensor DiffusionTask::loss(std::int64_t index) {
  const Batch batch = training_batch(index);
  const diffusion::Canvas canvas(batch.ids, batch.span_mask);
  const auto draw = objective_.draw(options_.seed, index, batch_size(), warp_ ? &*warp_ : nullptr);
  const auto noise = noise_of(options_.seed, index * batch_size(), batch_size());
  lm_.limit_look_ahead(annealed_look_ahead(index, options_.annealing_batches, batch.ids.size(1)));
  const diffusion::Loss loss = objective_.loss(lm_, canvas, draw, noise, 0);
  // Whoever predicts otherwise sees what the trained model will see.
  lm_.limit_look_ahead(std::nullopt);
  note_levels(draw, loss.per_sequence);
  return loss.mean;
}

void DiffusionTask::note_levels(const diffusion::TrainingDraw& draw, const at::Tensor& losses) {
  const at::Tensor values = losses.detach().to(at::kCPU, at::kDouble).contiguous();
  const std::span met(values.data_ptr<double>(), draw.timesteps.size());
  if (warp_) warp_->learn(draw.levels, met);
  level_losses_.clear();
  for (std::size_t i = 0; i < met.size(); ++i) {
    const double level =
        static_cast<double>(draw.timesteps[i]) / static_cast<double>(options_.objective.timesteps);
    level_losses_.push_back({level, met[i]});
  }
}

void DiffusionTask::restore_learned(const std::string& learned) {
  if (warp_) warp_->restore(learned);
}

std::optional<std::int64_t> annealed_look_ahead(std::int64_t index, std::int64_t batches,
                                                std::int64_t length) {
  if (index >= batches) return std::nullopt;
  return length * index / batches;
}

double DiffusionTask::validation_loss(std::int64_t timestep) {
  double sum = 0.0;
  std::int64_t sequences = 0;
  for (const Batch& batch : validation_batches()) {
    const diffusion::Canvas canvas(batch.ids, batch.span_mask);
    const auto noise = noise_of(kValidationSeed, sequences, canvas.batch());
    const std::vector<std::int64_t> timesteps(static_cast<std::size_t>(canvas.batch()), timestep);
    const auto loss = objective_.loss_given_previous(lm_, canvas, timesteps, noise, timestep, {});
    sum += loss.per_sequence.sum().item<double>();
    sequences += canvas.batch();
  }
  return sum / static_cast<double>(sequences);
}

Figures DiffusionTask::validate() {
  Figures figures{{"loss", 0.0}};
  for (const std::int64_t t : options_.validation_timesteps) {
    figures.emplace_back("loss_t" + std::to_string(t), validation_loss(t));
    figures[0].second +=
        figures.back().second / static_cast<double>(options_.validation_timesteps.size());
  }
  return figures;
}

Samples DiffusionTask::samples() {
  if (options_.samples == 0) return {};
  const Batch& batch = validation_batches().front();
  const std::int64_t count = std::min(options_.samples, batch.ids.size(0));
  diffusion::SamplerSettings settings;
  settings.steps = options_.sample_steps;
  settings.schedule = options_.objective.schedule;
  std::vector<std::uint64_t> seeds;
  for (std::int64_t i = 0; i < count; ++i) {
    seeds.push_back(derive_seed(kValidationSeed, static_cast<std::uint64_t>(i)));
  }
  const at::Tensor span = batch.span_mask.narrow(0, 0, count);
  diffusion::Sampling sampling(lm_, settings, nullptr,
                               diffusion::Canvas(batch.ids.narrow(0, 0, count), span), seeds);
  while (!sampling.finished()) sampling.step();
  const at::Tensor filled = sampling.filled();
  Samples samples;
  for (std::int64_t i = 0; i < count; ++i) {
    samples.push_back({options_.decode(tokens_where(filled[i], span[i].logical_not())),
                       options_.decode(tokens_where(filled[i], span[i]))});
  }
  return samples;
}

CausalTask::CausalTask(model::CausalLM& lm, std::unique_ptr<BatchSource> source,
                       std::int64_t batch_size, std::vector<tensor::NamedTensor> weights,
                       WriteModel write, bool span_only)
    : BatchTask(std::move(source), batch_size, std::move(weights), std::move(write)),
      lm_(lm),
      span_only_(span_only) {}

at::Tensor CausalTask::loss_of(const Batch& batch) const {
  if (!span_only_) return lm_.loss(batch.ids);
  at::Tensor counted = batch.span_mask;
  const auto pad = lm_.config().pad_token_id;
  if (pad) counted = counted.logical_and(batch.ids.ne(*pad));
  return lm_.loss(batch.ids, counted);
}

at::Tensor CausalTask::loss(std::int64_t index) {
  return loss_of(training_batch(index));
}

Figures CausalTask::validate() {
  double sum = 0.0;
  for (const Batch& batch : validation_batches()) sum += loss_of(batch).item<double>();
  return {{"loss", sum / static_cast<double>(validation_batches().size())}};
}

RewardTask::RewardTask(model::RewardModel& model, data::Shuffle training,
                       std::vector<data::Example> validation, std::int64_t max_length,
                       std::int64_t batch_size, std::vector<tensor::NamedTensor> weights,
                       WriteModel write)
    : model_(model),
      training_(std::move(training)),
      validation_(std::move(validation)),
      batch_size_(batch_size),
      length_(longest_side(validation_)),
      weights_(std::move(weights)),
      write_(std::move(write)) {
  const auto* all = training_.whole_epoch();
  length_ = all == nullptr ? max_length : std::max(length_, longest_side(*all));
}

RewardTask::PairBatch RewardTask::make_batch(std::span<const data::Example> pairs) const {
  const auto count = static_cast<std::int64_t>(pairs.size());
  const std::int64_t pad = model_.config().pad_token_id.value();
  PairBatch batch{at::full({count, length_}, pad, at::kLong),
                  at::full({count, length_}, pad, at::kLong)};
  for (std::int64_t i = 0; i < count; ++i) {
    const data::Example& pair = pairs[static_cast<std::size_t>(i)];
    const auto [chosen, rejected] = sides(pair);
    std::ranges::copy(chosen, batch.chosen.data_ptr<std::int64_t>() + i * length_);
    std::ranges::copy(rejected, batch.rejected.data_ptr<std::int64_t>() + i * length_);
  }
  return batch;
}

at::Tensor RewardTask::loss(std::int64_t index) {
  const PairBatch batch = make_batch(samples_of(training_, index, batch_size_));
  return model_.pair_loss(batch.chosen, batch.rejected);
}

Figures RewardTask::validate() {
  double loss = 0.0, right = 0.0, margin = 0.0;
  const std::span all(validation_);
  const auto size = static_cast<std::size_t>(batch_size_);
  for (std::size_t first = 0; first < all.size(); first += size) {
    const PairBatch batch = make_batch(all.subspan(first, std::min(size, all.size() - first)));
    const at::Tensor difference = model_.score(batch.chosen) - model_.score(batch.rejected);
    loss -= at::log_sigmoid(difference).sum().item<double>();
    right += difference.gt(0).sum().item<double>();
    margin += difference.sum().item<double>();
  }
  const auto count = static_cast<double>(validation_.size());
  return {{"loss", loss / count}, {"accuracy", right / count}, {"margin", margin / count}};
}

}  // namespace tess2::train
