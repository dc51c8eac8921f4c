#include "train/tasks.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

#include "core/random.h"
#include "diffusion/sampling.h"
#include "model/lora.h"

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

struct PairFigures {
  double loss = 0.0, accuracy = 0.0, margin = 0.0;
};

/// Means over pairs.
PairFigures pair_figures(const Margins& margins) {
  PairFigures sums;
  for (const double margin : margins) {
    sums.loss += std::max(-margin, 0.0) + std::log1p(std::exp(-std::abs(margin)));
    sums.accuracy += margin > 0.0 ? 1.0 : 0.0;
    sums.margin += margin;
  }
  const auto count = static_cast<double>(margins.size());
  return {sums.loss / count, sums.accuracy / count, sums.margin / count};
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
  model::begin_sequences(lm_.weights(), index * batch_size());
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
  level_losses_.clear();
  for (std::size_t i = 0; i < met.size(); ++i) {
    // A warp fits its levels as they were drawn, between the timesteps.
    const double level = warp_ ? draw.levels[i] : static_cast<double>(draw.timesteps[i]);
    level_losses_.push_back({level / static_cast<double>(options_.objective.timesteps), met[i]});
  }
}

void DiffusionTask::learn(std::span<const LevelLoss> met) {
  if (!warp_) return;
  std::vector<double> levels, losses;
  for (const LevelLoss& one : met) {
    levels.push_back(one.level * static_cast<double>(options_.objective.timesteps));
    losses.push_back(one.loss);
    if (std::ssize(levels) < batch_size()) continue;
    warp_->learn(levels, losses);
    levels.clear();
    losses.clear();
  }
}

void DiffusionTask::restore_learned(const std::string& learned) {
  if (warp_) warp_->restore(learned);
}

void DiffusionTask::write_model(const std::filesystem::path& folder) {
  if (warp_ && options_.on_level_shares) options_.on_level_shares(warp_->shares());
  BatchTask::write_model(folder);
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
  model::begin_sequences(lm_.weights(), index * batch_size());
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
                       WriteModel write, const std::optional<Noise>& noise)
    : model_(model),
      training_(std::move(training)),
      validation_(std::move(validation)),
      batch_size_(batch_size),
      length_(longest_side(validation_)),
      weights_(std::move(weights)),
      write_(std::move(write)),
      noise_(noise) {
  const auto* all = training_.whole_epoch();
  length_ = all == nullptr ? max_length : std::max(length_, longest_side(*all));
}

RewardTask::PairBatch RewardTask::make_batch(std::span<const data::Example> pairs) const {
  const auto count = static_cast<std::int64_t>(pairs.size());
  const std::int64_t pad = model_.config().pad_token_id.value();
  const auto empty = [&] {
    return Side{at::full({count, length_}, pad, at::kLong), at::zeros({count, length_}, at::kBool)};
  };
  PairBatch batch{empty(), empty()};
  const auto put = [&](Side& side, std::int64_t i, std::span<const text::TokenId> ids,
                       std::size_t same) {
    std::ranges::copy(ids, side.ids.data_ptr<std::int64_t>() + i * length_);
    const auto begin = static_cast<std::int64_t>(std::min(same, ids.size() - 1));
    side.differ[i].slice(0, begin, std::ssize(ids)).fill_(true);
  };
  for (std::int64_t i = 0; i < count; ++i) {
    const auto [chosen, rejected] = sides(pairs[static_cast<std::size_t>(i)]);
    const auto same =
        static_cast<std::size_t>(std::ranges::mismatch(chosen, rejected).in1 - chosen.begin());
    put(batch.chosen, i, chosen, same);
    put(batch.rejected, i, rejected, same);
  }
  return batch;
}

at::Tensor RewardTask::clean_margins(const PairBatch& batch) const {
  return model_.score(batch.chosen.ids) - model_.score(batch.rejected.ids);
}

at::Tensor RewardTask::noised_scores(const Side& side, const std::vector<std::int64_t>& timesteps,
                                     std::uint64_t seed, std::int64_t first) const {
  const diffusion::Schedule schedule(noise_->levels.schedule, noise_->levels.timesteps);
  std::vector<diffusion::Level> levels;
  for (const std::int64_t t : timesteps) levels.push_back(schedule.level(t));
  const diffusion::Canvas canvas(side.ids, side.differ);
  const auto noise = noise_of(seed, first, canvas.batch());
  return model_.score(
      canvas, diffusion::NoisySimplex::regenerated(canvas, canvas.row_tokens(), levels, noise, 0));
}

at::Tensor RewardTask::noised_margins(const PairBatch& batch,
                                      const std::vector<std::int64_t>& timesteps,
                                      std::uint64_t seed, std::int64_t first) const {
  return noised_scores(batch.chosen, timesteps, derive_seed(seed, 0), first) -
         noised_scores(batch.rejected, timesteps, derive_seed(seed, 1), first);
}

at::Tensor RewardTask::loss(std::int64_t index) {
  model::begin_sequences(model_.weights(), index * batch_size_);
  const PairBatch batch = make_batch(samples_of(training_, index, batch_size_));
  if (!noise_) return -at::log_sigmoid(clean_margins(batch)).mean();
  const auto draw = diffusion::Objective(noise_->levels).draw(noise_->seed, index, batch_size_);
  const at::Tensor margins =
      noised_margins(batch, draw.timesteps, noise_->seed, index * batch_size_);
  return -at::log_sigmoid(margins).mean();
}

template <class MarginsOf>
Margins RewardTask::validation_margins(const MarginsOf& margins_of) const {
  Margins all;
  const std::span pairs(validation_);
  const auto size = static_cast<std::size_t>(batch_size_);
  for (std::size_t first = 0; first < pairs.size(); first += size) {
    const auto batch = make_batch(pairs.subspan(first, std::min(size, pairs.size() - first)));
    const at::Tensor margins = margins_of(batch, static_cast<std::int64_t>(first)).contiguous();
    const auto* values = margins.template data_ptr<float>();
    all.insert(all.end(), values, values + margins.numel());
  }
  return all;
}

Figures RewardTask::validate() {
  margins_ = validation_margins(
      [this](const PairBatch& batch, std::int64_t) { return clean_margins(batch); });
  const auto clean = pair_figures(margins_);
  Figures figures{{"loss", clean.loss}, {"accuracy", clean.accuracy}, {"margin", clean.margin}};
  if (!noise_) return figures;
  const auto timesteps = diffusion::Objective(noise_->levels)
                             .draw(kValidationSeed, 0, std::ssize(validation_))
                             .timesteps;
  const auto noised = pair_figures(validation_margins([&](const PairBatch& batch,
                                                          std::int64_t first) {
    const auto begin = timesteps.begin() + first;
    return noised_margins(batch, {begin, begin + batch.chosen.ids.size(0)}, kValidationSeed, first);
  }));
  figures.emplace_back("noised_loss", noised.loss);
  figures.emplace_back("noised_accuracy", noised.accuracy);
  return figures;
}

}  // namespace tess2::train
