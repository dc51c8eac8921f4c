#include "train/check_run.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/setting.h"
#include "data/examples.h"
#include "data/input_files.h"
#include "data/token_shards.h"
#include "model/adapter_files.h"
#include "model/checkpoint.h"
#include "text/tokenizer.h"
#include "train/run_folder.h"
#include "train/run_model.h"
#include "train/trainable.h"

namespace tess2::train {
namespace {

namespace fs = std::filesystem;
using data::MaskObjective;
using model::Config;
using model::ModelKind;

/// Adds a problem of the form of all: key, what was expected, what was found.
template <class Found>
void expect(Problems& problems, bool holds, const std::string& key, const std::string& expected,
            const Found& found) {
  if (holds) return;
  std::string shown;
  if constexpr (std::is_arithmetic_v<Found>) {
    shown = std::get<std::string>(setting_codec<Found>().print(found));
  } else {
    shown = found;
  }
  problems.add(key + ": expected " + expected + ", found " + shown);
}

std::string at_most(const char* key, std::int64_t value) {
  return std::string("at most ") + key + " (" + std::to_string(value) + ")";
}

/// Whether a * b > limit, for positive numbers of any size.
bool product_exceeds(std::int64_t a, std::int64_t b, std::int64_t limit) {
  return a > limit / b;
}

void check_rate(const LoopSettings& loop, Problems& problems) {
  const LearningRateSettings& rate = loop.learning_rate;
  expect(problems, rate.warmup_steps <= loop.steps, "loop.learning_rate.warmup_steps",
         at_most("loop.steps", loop.steps), rate.warmup_steps);
  expect(problems, rate.warmup_steps == 0 || rate.warmup_ratio == 0.0,
         "loop.learning_rate.warmup_ratio",
         "0 beside warmup_steps (" + std::to_string(rate.warmup_steps) + ")", rate.warmup_ratio);
  expect(problems, rate.decay != Decay::kConstant || rate.final_ratio == 0.0,
         "loop.learning_rate.final_ratio", "0 where decay is constant", rate.final_ratio);
}

/// `length` is that of an example in tokens.
void check_loop(const LoopSettings& loop, std::int64_t length, Problems& problems) {
  check_rate(loop, problems);
  expect(problems, loop.save_every <= loop.steps, "loop.save_every",
         at_most("loop.steps", loop.steps), loop.save_every);
  // Random numbers are drawn by 32-bit counters of micro-batches and sequences.
  constexpr std::int64_t kCounters = std::numeric_limits<std::uint32_t>::max();
  if (product_exceeds(loop.steps, loop.accumulation, kCounters)) {
    problems.add("loop.accumulation: expected at most " + std::to_string(kCounters) +
                 " micro-batches in loop.steps (" + std::to_string(loop.steps) + "), found " +
                 std::to_string(loop.accumulation) + " a step");
  }
  constexpr std::int64_t kTokens = std::numeric_limits<std::int32_t>::max();
  if (product_exceeds(loop.batch_size, length, kTokens)) {
    problems.add("loop.batch_size: expected at most " + std::to_string(kTokens) +
                 " tokens in a micro-batch of length " + std::to_string(length) + ", found " +
                 std::to_string(loop.batch_size) + " sequences");
  }
}

void check_buffer(const RunPaths& paths, const LoopSettings& loop, Problems& problems) {
  expect(problems, paths.shuffle_buffer >= loop.batch_size, "data.shuffle_buffer",
         "at least loop.batch_size (" + std::to_string(loop.batch_size) + ")",
         paths.shuffle_buffer);
}

void check_diffusion(const DiffusionSettings& diffusion, Problems& problems) {
  const std::int64_t timesteps = diffusion.objective.timesteps;
  for (const std::string& text : diffusion.validation_timesteps) {
    expect(problems, std::stoll(text) < timesteps, "diffusion.validation_timesteps",
           "below diffusion.timesteps (" + std::to_string(timesteps) + ")", text);
  }
  expect(problems, diffusion.samples == 0 || diffusion.sample_steps <= timesteps,
         "diffusion.sample_steps", at_most("diffusion.timesteps", timesteps),
         diffusion.sample_steps);
}

std::string name_of(MaskObjective masks) {
  for (const auto& [name, value] : data::mask_objective_names()) {
    if (value == masks) return std::string(name);
  }
  return {};
}

bool draws_spans(MaskObjective masks) {
  return masks == MaskObjective::kUl2 || masks == MaskObjective::kSpanInfilling ||
         masks == MaskObjective::kUl2WithUnconditional || masks == MaskObjective::kUl2Variable;
}

/// The shortest rows in which the masks are what they are called: 15 % of 7 is a token, and a
/// prefix of up to floor((L - 1) / 2) - 1 has one from 5 on.
std::int64_t least_length(MaskObjective masks) {
  if (masks == MaskObjective::kUnconditional) return 3;
  return draws_spans(masks) && masks != MaskObjective::kUl2Variable ? 7 : 5;
}

void check_masks(const AdaptSettings& settings, Problems& problems) {
  const std::string masks = name_of(settings.masks);
  const std::int64_t least = least_length(settings.masks);
  expect(problems, settings.length >= least, "length",
         "at least " + std::to_string(least) + " for masks " + masks, settings.length);
  expect(problems, settings.elastic_holes == 0.0 || draws_spans(settings.masks), "elastic_holes",
         "0 for masks " + masks + ", which have no holes", settings.elastic_holes);
}

/// `path` from the root, without links and dots.
fs::path plain(const fs::path& path) {
  std::error_code problem;
  const fs::path found = fs::weakly_canonical(fs::absolute(path), problem);
  return (problem ? fs::absolute(path) : found).lexically_normal();
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  const fs::path way = plain(path).lexically_relative(plain(folder));
  return !way.empty() && *way.begin() != "..";
}

/// The first rank alone writes; the others do not touch the folder.
void check_output(const RunPaths& paths, const Ranks& ranks, const fs::path& source,
                  const std::string& recipe, Problems& problems) {
  if (!source.empty() && plain(paths.output) == plain(source)) {
    problems.add("data.output: expected another folder than the base, which a run may need again");
    return;
  }
  if (!source.empty() && (is_inside(paths.output, source) || is_inside(source, paths.output))) {
    problems.add("data.output: expected a folder apart from the base (" + source.string() +
                 "), found " + paths.output.string());
  }
  for (const auto* inputs : {&paths.train, &paths.validation}) {
    for (const std::string& input : *inputs) {
      std::error_code problem;
      if (!fs::is_directory(input, problem) || !is_inside(paths.output, input)) continue;
      problems.add("data.output: expected a folder outside the data (" + input + "), found " +
                   paths.output.string());
    }
  }
  if (!ranks.is_first()) return;
  if (!problems.attempt([&] { RunFolder::check(paths.output); }) || paths.fresh) return;
  problems.attempt([&] { RunFolder::check_settings(paths.output, recipe); });
}

/// What the lines of a run's data must be, where rows of documents will not do.
using Wanted = std::optional<std::string>;

void check_kind(const std::string& key, const std::string& input, const std::string& wanted,
                Problems& problems) {
  if (data::is_shard_folder(input)) {
    return problems.add(key + ": expected " + wanted +
                        ", found token shards, which hold documents: " + input);
  }
  for (const fs::path& file : data::find_inputs(input)) {
    if (data::input_kind(file) != data::InputKind::kText) continue;
    return problems.add(key + ": expected " + wanted + ", found a text: " + file.string());
  }
}

void check_data(const RunPaths& paths, const Wanted& wanted, Problems& problems) {
  problems.attempt([&] { data::check_inputs({paths.train, paths.weights}); });
  problems.attempt([&] { data::check_inputs({paths.validation, {}}); });
  if (!wanted) return;
  for (const auto& [key, inputs] :
       {std::pair<std::string, const std::vector<std::string>*>{"data.train", &paths.train},
        {"data.validation", &paths.validation}}) {
    for (const std::string& input : *inputs) {
      problems.attempt([&] { check_kind(key, input, *wanted, problems); });
    }
  }
}

std::string_view kind_name(ModelKind kind) {
  switch (kind) {
    case ModelKind::kDiffusion:
      return "a diffusion model";
    case ModelKind::kReward:
      return "a reward model";
    case ModelKind::kCausal:
      break;
  }
  return "an autoregressive model";
}

/// Adds what is wrong with a base of which `kinds` will do; the tokenizer must fit, too.
void check_base(const fs::path& base, std::initializer_list<ModelKind> kinds, std::int64_t length,
                Problems& problems) {
  Config config;
  if (!problems.attempt([&] { config = model::read_model_config(base); })) return;
  if (std::ranges::find(kinds, config.kind) == kinds.end()) {
    std::string expected;
    for (const ModelKind kind : kinds) {
      expected += (expected.empty() ? "" : " or ") + std::string(kind_name(kind));
    }
    expect(problems, false, "base", expected,
           std::string(kind_name(config.kind)) + " in " + base.string());
  }
  expect(problems, config.packed_format.empty(), "base", "weights that are not packed",
         config.packed_format + " in " + base.string());
  expect(problems, length <= config.max_position_embeddings, "length",
         at_most("max_position_embeddings of the base", config.max_position_embeddings), length);
  problems.attempt([&] {
    model::check_vocabulary(config, text::load_tokenizer(tokenizer_folder(base))->vocab_size(),
                            base);
  });
}

/// Token shards must be of the tokenizer in `folder`.
void check_shards(const RunPaths& paths, const fs::path& folder, Problems& problems) {
  std::unique_ptr<text::Tokenizer> tokenizer;
  for (const auto* inputs : {&paths.train, &paths.validation}) {
    for (const std::string& input : *inputs) {
      if (!data::is_shard_folder(input)) continue;
      problems.attempt([&] {
        if (!tokenizer) tokenizer = text::load_tokenizer(tokenizer_folder(folder));
        data::TokenShards(input).check_tokenizer(*tokenizer);
      });
    }
  }
}

/// What is frozen or has adapters must be weights of the model that is trained. Waits for the rest
/// to be right, for that model comes from it.
template <class Settings>
void check_trainable(const Settings& settings, const fs::path& start, Problems& problems) {
  if (!problems.empty()) return;
  problems.attempt([&] { count_trained(trained_config(settings), settings.trainable, start); });
}

}  // namespace

void check_values(const PretrainSettings& settings, Problems& problems) {
  if (settings.base.empty() == settings.tokenizer.empty()) {
    problems.add("pretrain: expected one of base and tokenizer, found " +
                 std::string(settings.base.empty() ? "neither" : "both"));
  }
  check_loop(settings.loop, settings.length, problems);
  check_buffer(settings.paths, settings.loop, problems);
}

void check_values(const AdaptSettings& settings, Problems& problems) {
  check_masks(settings, problems);
  expect(problems, settings.attention_annealing_steps <= settings.loop.steps,
         "attention_annealing_steps", at_most("loop.steps", settings.loop.steps),
         settings.attention_annealing_steps);
  expect(problems, settings.parts.bidirectional || settings.attention_annealing_steps == 0,
         "attention_annealing_steps", "0 where parts.bidirectional is false",
         settings.attention_annealing_steps);
  check_diffusion(settings.diffusion, problems);
  check_loop(settings.loop, settings.length, problems);
  check_buffer(settings.paths, settings.loop, problems);
}

void check_values(const TuneSettings& settings, Problems& problems) {
  if (settings.objective == TuneObjective::kDiffusion) {
    check_diffusion(settings.diffusion, problems);
  } else {
    expect(problems, !settings.diffusion.time_warping, "diffusion.time_warping",
           "false for objective autoregressive", "true");
  }
  check_loop(settings.loop, settings.length, problems);
  check_buffer(settings.paths, settings.loop, problems);
}

void check_values(const RewardSettings& settings, Problems& problems) {
  check_loop(settings.loop, 2 * settings.length, problems);
  check_buffer(settings.paths, settings.loop, problems);
}

void check_run(const PretrainSettings& settings, const std::string& recipe) {
  Problems problems;
  check_values(settings, problems);
  const fs::path source = settings.base.empty() ? settings.tokenizer : settings.base;
  check_output(settings.paths, settings.loop.ranks, source, recipe, problems);
  if (!settings.base.empty()) {
    check_base(settings.base, {ModelKind::kCausal}, settings.length, problems);
  } else if (!source.empty()) {
    problems.attempt([&] { trained_config(settings); });
  }
  check_data(settings.paths, {}, problems);
  check_shards(settings.paths, source, problems);
  check_trainable(settings, settings.base, problems);
  problems.raise();
}

void check_run(const AdaptSettings& settings, const std::string& recipe) {
  Problems problems;
  check_values(settings, problems);
  check_output(settings.paths, settings.loop.ranks, settings.base, recipe, problems);
  check_base(settings.base, {ModelKind::kCausal, ModelKind::kDiffusion}, settings.length, problems);
  check_data(settings.paths, {}, problems);
  check_shards(settings.paths, settings.base, problems);
  check_trainable(settings, start_of(settings), problems);
  problems.raise();
}

void check_run(const TuneSettings& settings, const std::string& recipe) {
  Problems problems;
  check_values(settings, problems);
  check_output(settings.paths, settings.loop.ranks, settings.base, recipe, problems);
  if (settings.objective == TuneObjective::kDiffusion) {
    check_base(settings.base, {ModelKind::kCausal, ModelKind::kDiffusion}, settings.length,
               problems);
  } else {
    check_base(settings.base, {ModelKind::kCausal}, settings.length, problems);
  }
  check_data(settings.paths, "dialogues", problems);
  check_trainable(settings, settings.base, problems);
  problems.raise();
}

void check_run(const RewardSettings& settings, const std::string& recipe) {
  Problems problems;
  check_values(settings, problems);
  check_output(settings.paths, settings.loop.ranks, settings.base, recipe, problems);
  check_base(settings.base, {ModelKind::kCausal}, settings.length, problems);
  check_data(settings.paths, "preference pairs", problems);
  check_trainable(settings, settings.base, problems);
  problems.raise();
}

}  // namespace tess2::train
