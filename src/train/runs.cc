#include "train/runs.h"

#include <fstream>
#include <memory>
#include <optional>

#include "core/error.h"
#include "core/file.h"
#include "model/checkpoint.h"
#include "text/tokenizer.h"
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

/// Gives every weight its own memory and switches its gradient on; returns them in order.
std::vector<at::Tensor> make_trainable(Checkpoint& checkpoint) {
  std::vector<at::Tensor> weights;
  model::for_each_parameter(checkpoint.weights, checkpoint.config,
                            [&](const std::string&, at::Tensor& weight) {
                              weight = weight.detach().clone().requires_grad_(true);
                              weights.push_back(weight);
                            });
  return weights;
}

/// Tokenizer of a checkpoint folder, which must fit the model there, with padding.
std::unique_ptr<text::Tokenizer> fitting_tokenizer(const std::filesystem::path& folder) {
  const model::Config config = model::read_config(folder / "config.json");
  model::check_vocabulary(config, text::load_tokenizer(folder)->vocab_size(), folder);
  return text::load_tokenizer_with_pad(folder);
}

enum class Padding { kAsIs, kAdded };

/// Saves the model with its tokenizer (from `tokenizer_folder`) and recipe.
SaveFunction saver(const Checkpoint& checkpoint, std::filesystem::path output,
                   std::filesystem::path tokenizer_folder, Padding padding, std::string recipe) {
  return [&checkpoint, output, tokenizer_folder, padding, recipe](std::int64_t) {
    model::save_checkpoint(
        output, checkpoint.config, checkpoint.weights, {}, [&](const std::filesystem::path& aside) {
          if (padding == Padding::kAdded) {
            text::copy_tokenizer_with_pad(tokenizer_folder, aside);
          } else {
            text::copy_tokenizer(tokenizer_folder, aside);
          }
          write_file_atomically(aside / "recipe.yaml", [&](std::ostream& out) { out << recipe; });
        });
  };
}

model::Config fresh_config(const FreshModelSettings& settings, const text::Tokenizer& tokenizer,
                           std::int64_t length) {
  model::Config config;
  config.architecture = model::Architecture::kLlama;
  config.kind = ModelKind::kCausal;
  config.vocab_size = tokenizer.vocab_size();
  config.hidden_size = settings.hidden_size;
  config.intermediate_size = settings.intermediate_size;
  config.num_hidden_layers = settings.layers;
  config.num_attention_heads = settings.heads;
  config.num_key_value_heads = settings.key_value_heads;
  config.head_dim = settings.hidden_size / settings.heads;
  config.max_position_embeddings = std::max<std::int64_t>(length, 2048);
  config.tie_word_embeddings = settings.tie_word_embeddings;
  config.bos_token_id = tokenizer.bos();
  config.eos_token_id = tokenizer.eos();
  model::check_config(config, "model");
  return config;
}

std::vector<std::int64_t> timesteps_of(const DiffusionSettings& settings) {
  std::vector<std::int64_t> timesteps;
  for (const std::string& text : settings.validation_timesteps) {
    timesteps.push_back(std::stoll(text));
    if (timesteps.back() < settings.objective.timesteps) continue;
    throw UsageError("diffusion.validation_timesteps: expected below diffusion.timesteps (" +
                     std::to_string(settings.objective.timesteps) + "), found " + text);
  }
  return timesteps;
}

DiffusionTask::Options diffusion_options(const DiffusionSettings& settings,
                                         const model::Config& config, std::uint64_t seed) {
  DiffusionTask::Options options{settings.objective, timesteps_of(settings), seed};
  if (config.mask_padding_in_loss) options.objective.ignored_label = config.pad_token_id;
  return options;
}

bool is_diffusion_folder(const std::filesystem::path& folder) {
  return model::read_config(folder / "config.json").kind == ModelKind::kDiffusion;
}

/// The diffusion model that a run starts from, made from an autoregressive one where need be.
Checkpoint diffusion_start(const std::filesystem::path& base, const text::Tokenizer& tokenizer,
                           std::uint64_t seed) {
  if (is_diffusion_folder(base)) return model::load_checkpoint(base, ModelKind::kDiffusion);
  return model::diffusion_from_causal(model::load_checkpoint(base, ModelKind::kCausal),
                                      tokenizer.pad().value(), seed);
}

std::unique_ptr<DocumentBatches> document_batches(const RunPaths& paths,
                                                  const text::Tokenizer& tokenizer,
                                                  std::int64_t length, std::int64_t validation_rows,
                                                  data::MaskObjective masks, std::uint64_t seed,
                                                  const RunObserver& observer,
                                                  ElasticHoles elastic = {}) {
  const auto row = static_cast<std::size_t>(length);
  auto batches = std::make_unique<DocumentBatches>(
      data::pack_documents(paths.train, tokenizer, row),
      data::pack_documents(paths.validation, tokenizer, row),
      static_cast<std::size_t>(validation_rows), masks, seed, elastic);
  note(observer, "data: " + std::to_string(batches->size()) + " rows of " + std::to_string(length) +
                     " tokens");
  return batches;
}

std::unique_ptr<DialogueBatches> dialogue_batches(const TuneSettings& settings,
                                                  const text::Tokenizer& tokenizer,
                                                  const RunObserver& observer) {
  const auto length = static_cast<std::size_t>(settings.length);
  auto training = data::read_dialogues(settings.paths.train, settings.dialogue, length, tokenizer);
  const auto validation =
      data::read_dialogues(settings.paths.validation, settings.dialogue, length, tokenizer);
  note(observer, "data: " + std::to_string(training.examples.size()) + " examples, " +
                     std::to_string(training.too_long) + " left out as too long");
  return std::make_unique<DialogueBatches>(std::move(training.examples), validation.examples,
                                           static_cast<std::size_t>(settings.validation_rows),
                                           settings.seed);
}

}  // namespace

void run_pretrain(const PretrainSettings& settings, const std::string& recipe,
                  const RunObserver& observer) {
  if (settings.base.empty() == settings.tokenizer.empty()) {
    throw UsageError("pretrain: expected one of base and tokenizer, found " +
                     std::string(settings.base.empty() ? "neither" : "both"));
  }
  model::check_can_save(settings.paths.output);
  const std::filesystem::path source = settings.base.empty() ? settings.tokenizer : settings.base;
  const auto tokenizer = text::load_tokenizer(source);
  Checkpoint checkpoint;
  if (settings.base.empty()) {
    checkpoint.config = fresh_config(settings.model, *tokenizer, settings.length);
    checkpoint.weights = model::make_weights(checkpoint.config, settings.seed);
  } else {
    checkpoint = model::load_checkpoint(source, ModelKind::kCausal);
    model::check_vocabulary(checkpoint.config, tokenizer->vocab_size(), source);
  }
  note_model(observer, checkpoint);
  auto weights = make_trainable(checkpoint);
  model::CausalLM lm(checkpoint.config, checkpoint.weights);
  CausalTask task(
      lm,
      document_batches(settings.paths, *tokenizer, settings.length, settings.validation_rows,
                       data::MaskObjective::kUnconditional, settings.seed, observer),
      settings.loop.batch_size, std::move(weights),
      saver(checkpoint, settings.paths.output, source, Padding::kAsIs, recipe), false);
  run_training(task, settings.loop, observer.loop);
}

void run_adapt(const AdaptSettings& settings, const std::string& recipe,
               const RunObserver& observer) {
  model::check_can_save(settings.paths.output);
  const auto tokenizer = fitting_tokenizer(settings.base);
  Checkpoint checkpoint = diffusion_start(settings.base, *tokenizer, settings.seed);
  checkpoint.config.canvas_length = settings.length;
  if (settings.fresh_weights) {
    checkpoint.weights = model::make_weights(checkpoint.config, settings.seed);
  }
  note_model(observer, checkpoint);
  auto weights = make_trainable(checkpoint);
  model::SimplexLM lm(checkpoint.config, checkpoint.weights);
  DiffusionTask task(
      lm,
      document_batches(settings.paths, *tokenizer, settings.length, settings.validation_rows,
                       settings.masks, settings.seed, observer,
                       {settings.elastic_holes, tokenizer->pad().value()}),
      settings.loop.batch_size, std::move(weights),
      saver(checkpoint, settings.paths.output, settings.base, Padding::kAdded, recipe),
      diffusion_options(settings.diffusion, checkpoint.config, settings.seed));
  run_training(task, settings.loop, observer.loop);
}

namespace {

void tune_diffusion(const TuneSettings& settings, const text::Tokenizer& tokenizer,
                    const std::string& recipe, const RunObserver& observer) {
  Checkpoint checkpoint = diffusion_start(settings.base, tokenizer, settings.seed);
  checkpoint.config.canvas_length = settings.length;
  note_model(observer, checkpoint);
  auto weights = make_trainable(checkpoint);
  model::SimplexLM lm(checkpoint.config, checkpoint.weights);
  DiffusionTask task(
      lm, dialogue_batches(settings, tokenizer, observer), settings.loop.batch_size,
      std::move(weights),
      saver(checkpoint, settings.paths.output, settings.base, Padding::kAdded, recipe),
      diffusion_options(settings.diffusion, checkpoint.config, settings.seed));
  run_training(task, settings.loop, observer.loop);
}

void tune_causal(const TuneSettings& settings, const text::Tokenizer& tokenizer,
                 const std::string& recipe, const RunObserver& observer) {
  Checkpoint checkpoint = model::causal_with_pad(
      model::load_checkpoint(settings.base, ModelKind::kCausal), tokenizer.pad().value());
  note_model(observer, checkpoint);
  auto weights = make_trainable(checkpoint);
  model::CausalLM lm(checkpoint.config, checkpoint.weights);
  CausalTask task(lm, dialogue_batches(settings, tokenizer, observer), settings.loop.batch_size,
                  std::move(weights),
                  saver(checkpoint, settings.paths.output, settings.base, Padding::kAdded, recipe),
                  true);
  run_training(task, settings.loop, observer.loop);
}

}  // namespace

void run_tune(const TuneSettings& settings, const std::string& recipe,
              const RunObserver& observer) {
  model::check_can_save(settings.paths.output);
  const auto tokenizer = fitting_tokenizer(settings.base);
  if (settings.objective == TuneObjective::kDiffusion) {
    tune_diffusion(settings, *tokenizer, recipe, observer);
  } else {
    tune_causal(settings, *tokenizer, recipe, observer);
  }
}

void run_reward(const RewardSettings& settings, const std::string& recipe,
                const RunObserver& observer) {
  model::check_can_save(settings.paths.output);
  const auto tokenizer = fitting_tokenizer(settings.base);
  Checkpoint checkpoint =
      model::reward_from_causal(model::load_checkpoint(settings.base, ModelKind::kCausal),
                                tokenizer->pad().value(), settings.seed);
  note_model(observer, checkpoint);
  const auto length = static_cast<std::size_t>(settings.length);
  auto training = data::read_pairs(settings.paths.train, length, *tokenizer);
  auto validation = data::read_pairs(settings.paths.validation, length, *tokenizer);
  note(observer, "data: " + std::to_string(training.examples.size()) + " pairs, " +
                     std::to_string(training.too_long) + " left out as too long");
  auto weights = make_trainable(checkpoint);
  model::RewardModel reward(checkpoint.config, checkpoint.weights);
  RewardTask task(reward, std::move(training.examples), std::move(validation.examples),
                  settings.loop.batch_size, std::move(weights),
                  saver(checkpoint, settings.paths.output, settings.base, Padding::kAdded, recipe),
                  settings.seed);
  run_training(task, settings.loop, observer.loop);
}

}  // namespace tess2::train
