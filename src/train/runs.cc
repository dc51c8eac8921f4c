#include "train/runs.h"

#include <chrono>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>

#include "core/error.h"
#include "core/progress.h"
#include "data/dialogues.h"
#include "data/documents.h"
#include "data/examples.h"
#include "data/pairs.h"
#include "model/adapter_files.h"
#include "model/checkpoint.h"
#include "text/tokenizer.h"
#include "text/tokenizer_config.h"
#include "train/check_run.h"
#include "train/run_folder.h"
#include "train/run_model.h"
#include "train/tasks.h"

namespace tess2::train {
namespace {

using model::Checkpoint;
using model::ModelKind;

void note(const RunObserver& observer, const std::string& line) {
  if (observer.on_note) observer.on_note(line);
}

void note_model(const RunObserver& observer, const Checkpoint& checkpoint) {
  note(observer, "model: " + std::to_string(model::count_parameters(checkpoint.config)) +
                     " weights, " + std::to_string(checkpoint.config.num_hidden_layers) +
                     " layers, vocabulary " + std::to_string(checkpoint.config.vocab_size));
}

/// What the run trains, which is told where it is not everything.
std::vector<tensor::NamedTensor> trained_weights(Checkpoint& checkpoint,
                                                 const TrainableSettings& settings,
                                                 const std::filesystem::path& base,
                                                 std::uint64_t seed, const RunObserver& observer) {
  auto weights = make_trainable(checkpoint, settings, base, seed);
  std::int64_t count = 0;
  for (const auto& [name, weight] : weights) count += weight.numel();
  if (settings.lora.rank > 0 || !settings.freeze.empty()) {
    note(observer, "trained: " + std::to_string(count) + " weights in " +
                       std::to_string(weights.size()) + " tensors");
  }
  return weights;
}

/// Tokenizer of a checkpoint folder, which must fit the model there, with padding.
std::unique_ptr<text::Tokenizer> fitting_tokenizer(const std::filesystem::path& folder) {
  const model::Config config = model::read_model_config(folder);
  const auto tokens = tokenizer_folder(folder);
  model::check_vocabulary(config, text::load_tokenizer(tokens)->vocab_size(), folder);
  return text::load_tokenizer_with_pad(tokens);
}

enum class Padding { kAsIs, kAdded };

/// Writes the model with its tokenizer (that of `base`).
WriteModel writer(const Checkpoint& checkpoint, const std::filesystem::path& base,
                  Padding padding) {
  return
      [&checkpoint, tokens = tokenizer_folder(base), padding](const std::filesystem::path& folder) {
        model::write_checkpoint(folder, checkpoint.config, checkpoint.weights);
        if (padding == Padding::kAdded) {
          text::copy_tokenizer_with_pad(tokens, folder);
        } else {
          text::copy_tokenizer(tokens, folder);
        }
      };
}

/// Trains in the output folder, from where it stands.
LoopEnd train_in_folder(TrainingTask& task, const LoopSettings& loop, const RunPaths& paths,
                        const std::string& recipe, const RunObserver& observer) {
  std::optional<RunFolder> folder;
  if (loop.ranks.is_first()) folder.emplace(paths.output, recipe, paths.fresh);
  return run_training(task, loop, observer.loop, folder ? &*folder : nullptr);
}

std::vector<std::int64_t> timesteps_of(const DiffusionSettings& settings) {
  std::vector<std::int64_t> timesteps;
  for (const std::string& text : settings.validation_timesteps) {
    timesteps.push_back(std::stoll(text));
  }
  return timesteps;
}

/// The text of tokens without the padding at their end.
std::string text_of(const text::Tokenizer& tokenizer, std::span<const text::TokenId> ids) {
  while (!ids.empty() && ids.back() == tokenizer.pad()) ids = ids.first(ids.size() - 1);
  return tokenizer.decode(ids);
}

/// `config`, which keeps what is learned of the noise levels, and `tokenizer` must outlive the
/// options.
DiffusionTask::Options diffusion_options(const DiffusionSettings& settings, model::Config& config,
                                         const text::Tokenizer& tokenizer, std::uint64_t seed) {
  DiffusionTask::Options options{
      settings.objective,
      timesteps_of(settings),
      seed,
      settings.time_warping,
      0,
      settings.samples,
      settings.sample_steps,
      [&tokenizer](std::span<const text::TokenId> ids) { return text_of(tokenizer, ids); },
      [&config](std::vector<double> shares) { config.level_shares = std::move(shares); }};
  if (!config.self_condition) options.objective.self_condition_probability = 0.0;
  if (config.mask_padding_in_loss) options.objective.ignored_label = config.pad_token_id;
  return options;
}

bool is_diffusion_folder(const std::filesystem::path& folder) {
  return model::read_model_config(folder).kind == ModelKind::kDiffusion;
}

/// The diffusion model that a run starts from, made from an autoregressive one where need be.
Checkpoint diffusion_start(const std::filesystem::path& base, const text::Tokenizer& tokenizer,
                           std::uint64_t seed) {
  if (is_diffusion_folder(base)) return model::load_checkpoint(base, ModelKind::kDiffusion);
  return model::diffusion_from_causal(model::load_checkpoint(base, ModelKind::kCausal),
                                      tokenizer.pad().value(), seed);
}

/// The data of a run: shuffled for training, a list for validation.
struct RunData {
  data::Shuffle training;
  std::vector<data::Example> validation;
};

/// Opens the data and notes how many `things` (`rows of 128 tokens`) it has.
RunData open_data(const RunPaths& paths, const std::shared_ptr<const data::RecordEncoder>& encoder,
                  std::size_t validation_limit, std::uint64_t seed, const std::string& things,
                  const RunObserver& observer) {
  const data::Reading reading(paths.reading, observer.on_note);
  const auto start = std::chrono::steady_clock::now();
  RunData run{
      {data::open_examples({paths.train, paths.weights}, encoder, reading, seed),
       static_cast<std::size_t>(paths.shuffle_buffer), seed, reading.log},
      data::read_examples({paths.validation, {}}, encoder,
                          data::Reading(paths.reading, observer.on_note), validation_limit)};
  const auto* all = run.training.whole_epoch();
  const auto first = all == nullptr ? paths.shuffle_buffer : std::ssize(*all);
  std::string line = "data: " + std::to_string(first) + " " + things;
  if (all == nullptr) line += " at a time, more to come";
  if (reading.log->too_long() > 0) {
    line += ", " + std::to_string(reading.log->too_long()) + " left out as too long";
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  note(observer, line + ", read in " + format_duration(taken.count()));
  return run;
}

std::unique_ptr<DocumentBatches> document_batches(const RunPaths& paths,
                                                  const text::Tokenizer& tokenizer,
                                                  std::int64_t length, std::int64_t validation_rows,
                                                  data::MaskObjective masks, std::uint64_t seed,
                                                  const RunObserver& observer,
                                                  ElasticHoles elastic = {}) {
  auto run = open_data(
      paths, std::make_shared<data::DocumentEncoder>(tokenizer, static_cast<std::size_t>(length)),
      static_cast<std::size_t>(validation_rows), seed,
      "rows of " + std::to_string(length) + " tokens", observer);
  return std::make_unique<DocumentBatches>(std::move(run.training), run.validation, masks, seed,
                                           elastic);
}

std::unique_ptr<DialogueBatches> dialogue_batches(const TuneSettings& settings,
                                                  const text::Tokenizer& tokenizer,
                                                  const RunObserver& observer) {
  auto run = open_data(settings.paths,
                       std::make_shared<data::DialogueEncoder>(
                           tokenizer, settings.dialogue, static_cast<std::size_t>(settings.length)),
                       static_cast<std::size_t>(settings.validation_rows), settings.seed,
                       "examples", observer);
  return std::make_unique<DialogueBatches>(
      std::move(run.training), run.validation, settings.seed,
      AnswerHoles{settings.answer_holes, tokenizer.pad().value()});
}

}  // namespace

LoopEnd run_pretrain(const PretrainSettings& settings, const std::string& recipe,
                     const RunObserver& observer) {
  check_run(settings, recipe);
  const std::filesystem::path source = settings.base.empty() ? settings.tokenizer : settings.base;
  const auto tokenizer = text::load_tokenizer(tokenizer_folder(source));
  Checkpoint checkpoint;
  if (settings.base.empty()) {
    checkpoint.config = fresh_config(settings.model, *tokenizer, settings.length);
    checkpoint.weights = model::make_weights(checkpoint.config, settings.seed);
  } else {
    checkpoint = model::load_checkpoint(source, ModelKind::kCausal);
    model::check_vocabulary(checkpoint.config, tokenizer->vocab_size(), source);
  }
  note_model(observer, checkpoint);
  auto weights =
      trained_weights(checkpoint, settings.trainable, settings.base, settings.seed, observer);
  model::CausalLM lm(checkpoint.config, checkpoint.weights, settings.loop.precision.compute());
  CausalTask task(
      lm,
      document_batches(settings.paths, *tokenizer, settings.length, settings.validation_rows,
                       data::MaskObjective::kUnconditional, settings.seed, observer),
      settings.loop.batch_size, std::move(weights), writer(checkpoint, source, Padding::kAsIs),
      false);
  return train_in_folder(task, settings.loop, settings.paths, recipe, observer);
}

LoopEnd run_adapt(const AdaptSettings& settings, const std::string& recipe,
                  const RunObserver& observer) {
  check_run(settings, recipe);
  const auto tokenizer = fitting_tokenizer(settings.base);
  Checkpoint checkpoint = diffusion_start(settings.base, *tokenizer, settings.seed);
  checkpoint.config = with_parts(checkpoint.config, settings.parts);
  checkpoint.config.canvas_length = settings.length;
  if (settings.fresh_weights) {
    checkpoint.weights = model::make_weights(checkpoint.config, settings.seed);
  }
  note_model(observer, checkpoint);
  auto weights =
      trained_weights(checkpoint, settings.trainable, start_of(settings), settings.seed, observer);
  model::SimplexLM lm(checkpoint.config, checkpoint.weights, settings.loop.precision.compute());
  auto options =
      diffusion_options(settings.diffusion, checkpoint.config, *tokenizer, settings.seed);
  options.annealing_batches = settings.attention_annealing_steps * settings.loop.accumulation;
  DiffusionTask task(lm,
                     document_batches(settings.paths, *tokenizer, settings.length,
                                      settings.validation_rows, settings.masks, settings.seed,
                                      observer, {settings.elastic_holes, tokenizer->pad().value()}),
                     settings.loop.batch_size, std::move(weights),
                     writer(checkpoint, settings.base, Padding::kAdded), options);
  return train_in_folder(task, settings.loop, settings.paths, recipe, observer);
}

namespace {

LoopEnd tune_diffusion(const TuneSettings& settings, const text::Tokenizer& tokenizer,
                       const std::string& recipe, const RunObserver& observer) {
  Checkpoint checkpoint = diffusion_start(settings.base, tokenizer, settings.seed);
  checkpoint.config.canvas_length = settings.length;
  note_model(observer, checkpoint);
  auto weights =
      trained_weights(checkpoint, settings.trainable, settings.base, settings.seed, observer);
  model::SimplexLM lm(checkpoint.config, checkpoint.weights, settings.loop.precision.compute());
  DiffusionTask task(
      lm, dialogue_batches(settings, tokenizer, observer), settings.loop.batch_size,
      std::move(weights), writer(checkpoint, settings.base, Padding::kAdded),
      diffusion_options(settings.diffusion, checkpoint.config, tokenizer, settings.seed));
  return train_in_folder(task, settings.loop, settings.paths, recipe, observer);
}

LoopEnd tune_causal(const TuneSettings& settings, const text::Tokenizer& tokenizer,
                    const std::string& recipe, const RunObserver& observer) {
  Checkpoint checkpoint = model::causal_with_pad(
      model::load_checkpoint(settings.base, ModelKind::kCausal), tokenizer.pad().value());
  note_model(observer, checkpoint);
  auto weights =
      trained_weights(checkpoint, settings.trainable, settings.base, settings.seed, observer);
  model::CausalLM lm(checkpoint.config, checkpoint.weights, settings.loop.precision.compute());
  CausalTask task(lm, dialogue_batches(settings, tokenizer, observer), settings.loop.batch_size,
                  std::move(weights), writer(checkpoint, settings.base, Padding::kAdded), true);
  return train_in_folder(task, settings.loop, settings.paths, recipe, observer);
}

}  // namespace

LoopEnd run_tune(const TuneSettings& settings, const std::string& recipe,
                 const RunObserver& observer) {
  check_run(settings, recipe);
  const auto tokenizer = fitting_tokenizer(settings.base);
  if (settings.objective == TuneObjective::kDiffusion) {
    return tune_diffusion(settings, *tokenizer, recipe, observer);
  }
  return tune_causal(settings, *tokenizer, recipe, observer);
}

LoopEnd run_reward(const RewardSettings& settings, const std::string& recipe,
                   const RunObserver& observer) {
  check_run(settings, recipe);
  const auto tokenizer = fitting_tokenizer(settings.base);
  Checkpoint checkpoint =
      model::reward_from_causal(model::load_checkpoint(settings.base, ModelKind::kCausal),
                                tokenizer->pad().value(), settings.seed);
  note_model(observer, checkpoint);
  auto run = open_data(
      settings.paths,
      std::make_shared<data::PairEncoder>(*tokenizer, static_cast<std::size_t>(settings.length)),
      std::numeric_limits<std::size_t>::max(), settings.seed, "pairs", observer);
  auto weights =
      trained_weights(checkpoint, settings.trainable, settings.base, settings.seed, observer);
  model::RewardModel reward(checkpoint.config, checkpoint.weights,
                            settings.loop.precision.compute());
  std::optional<RewardTask::Noise> noise;
  if (settings.noised_inputs) noise = {settings.noise, settings.seed};
  RewardTask task(reward, std::move(run.training), std::move(run.validation), settings.length,
                  settings.loop.batch_size, std::move(weights),
                  writer(checkpoint, settings.base, Padding::kAdded), noise);
  return train_in_folder(task, settings.loop, settings.paths, recipe, observer);
}

}  // namespace tess2::train
