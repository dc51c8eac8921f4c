#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "core/settings.h"
#include "train/runs.h"

namespace tess2::train {
namespace {

constexpr std::array<std::pair<std::string_view, TuneObjective>, 2> kTuneObjectives{{
    {"diffusion", TuneObjective::kDiffusion},
    {"autoregressive", TuneObjective::kAutoregressive},
}};

constexpr std::array<std::pair<std::string_view, text::DialogueMode>, 4> kDialogueModes{{
    {"first_pair", text::DialogueMode::kFirstPair},
    {"each_pair", text::DialogueMode::kEachPair},
    {"prefix_turns", text::DialogueMode::kPrefixTurns},
    {"sliding_window", text::DialogueMode::kSlidingWindow},
}};

bool all_counts(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    std::int64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size() || value < 0) {
      return false;
    }
  }
  return !texts.empty();
}

bool all_named(const std::vector<std::string>& paths) {
  return !paths.empty() && std::ranges::none_of(paths, &std::string::empty);
}

}  // namespace

void RunPaths::bind(SettingsBinder& binder) {
  binder.field("train", train, "files, folders, patterns or token shards to train on")
      .required()
      .require(all_named, "of paths");
  binder.field("weights", weights, "shares of a mixture, one an entry of train (none: all of it)");
  binder.field("validation", validation, "the same, held out")
      .required()
      .require(all_named, "of paths");
  binder.field("output", output, "folder for the checkpoint").required();
  binder.field("shuffle_buffer", shuffle_buffer, "examples shuffled at a time").at_least(1);
  reading.bind(binder);
}

void FreshModelSettings::bind(SettingsBinder& binder) {
  binder.field("hidden_size", hidden_size, "width of the model").at_least(2);
  binder.field("intermediate_size", intermediate_size, "width of the feed-forward part")
      .at_least(1);
  binder.field("layers", layers, "number of blocks").at_least(1);
  binder.field("heads", heads, "attention heads").at_least(1);
  binder.field("key_value_heads", key_value_heads, "heads of keys and values").at_least(1);
  binder.field("tie_word_embeddings", tie_word_embeddings, "the embedding serves as head");
}

void PretrainSettings::bind(SettingsBinder& binder) {
  binder.field("base", base, "autoregressive checkpoint to go on from (empty: fresh weights)");
  binder.field("tokenizer", tokenizer, "folder of the tokenizer, where there is no base");
  binder.group("model", model, "shape of a fresh model");
  binder.group("data", paths, "files");
  binder.field("length", length, "tokens in a row").at_least(2);
  binder.field("validation_rows", validation_rows, "held-out rows").at_least(1);
  trainable.bind(binder);
  binder.group("loop", loop, "the training loop");
}

void DiffusionSettings::bind(SettingsBinder& binder) {
  binder.field("timesteps", objective.timesteps, "T of training").at_least(2);
  binder.field("schedule", objective.schedule, "noise schedule", diffusion::schedule_names());
  binder
      .field("self_condition_probability", objective.self_condition_probability,
             "chance that a batch predicts twice")
      .at_least(0)
      .at_most(1);
  binder.field("time_warping", time_warping,
               "draw noise levels where the loss rises, as learned (uniform otherwise)");
  binder.field("validation_timesteps", validation_timesteps, "noise levels t of validation")
      .require(all_counts, "of whole numbers");
  binder.field("samples", samples, "held-out rows that each validation fills, for the report")
      .at_least(0);
  binder.field("sample_steps", sample_steps, "denoising steps for that").at_least(1);
}

void MethodParts::bind(SettingsBinder& binder) {
  binder.field("label_shift", label_shift,
               "a token is predicted at the position before, as by the base, or at its own");
  binder.field("bidirectional", bidirectional, "attention to both sides, or causal");
  binder.field("self_conditioning", self_conditioning, "the previous prediction is mixed in");
}

void AdaptSettings::bind(SettingsBinder& binder) {
  binder.field("base", base, "autoregressive checkpoint (or diffusion, to go on)").required();
  binder.field("fresh_weights", fresh_weights, "keep the base's shape, not its weights");
  binder.group("data", paths, "files");
  binder.field("length", length, "tokens in a row").at_least(data::kMinMaskedLength);
  binder.field("masks", masks, "mixture of mask objectives", data::mask_objective_names());
  binder
      .field("elastic_holes", elastic_holes,
             "chance that a span-masked batch has spare places in its holes, for infilling")
      .at_least(0)
      .at_most(1);
  binder
      .field("attention_annealing_steps", attention_annealing_steps,
             "steps from causal to bidirectional attention (0: bidirectional at once)")
      .at_least(0);
  binder.group("parts", parts, "parts of the method; false leaves one out, for comparison");
  binder.field("validation_rows", validation_rows, "held-out rows").at_least(1);
  binder.group("diffusion", diffusion, "noise and loss");
  trainable.bind(binder);
  binder.group("loop", loop, "the training loop");
}

void TuneSettings::bind(SettingsBinder& binder) {
  binder.field("base", base, "checkpoint to tune").required();
  binder.field("objective", objective, "what the base is tuned as", kTuneObjectives);
  binder.field("dialogue", dialogue, "which examples a dialogue gives", kDialogueModes);
  binder
      .field("answer_holes", answer_holes,
             "chance that parts of an answer are given, so that the model still fills holes")
      .at_least(0)
      .at_most(1);
  binder.group("data", paths, "files");
  binder.field("length", length, "tokens in a row").at_least(2);
  binder.field("validation_rows", validation_rows, "held-out examples").at_least(1);
  binder.group("diffusion", diffusion, "noise and loss");
  trainable.bind(binder);
  binder.group("loop", loop, "the training loop");
}

void RewardSettings::bind(SettingsBinder& binder) {
  binder.field("base", base, "autoregressive checkpoint to start from").required();
  binder.group("data", paths, "files");
  binder.field("length", length, "longest side of a pair, in tokens").at_least(2);
  binder.field("noised_inputs", noised_inputs, "train on answers seen through noise");
  binder.field("timesteps", noise.timesteps, "T of that noise").at_least(2);
  binder.field("schedule", noise.schedule, "its schedule", diffusion::schedule_names());
  trainable.bind(binder);
  binder.group("loop", loop, "the training loop");
}

}  // namespace tess2::train
