#include "train/run_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "data/input_files.h"
#include "data/text_lines.h"
#include "data/token_shards.h"
#include "model/weights.h"
#include "tensor/runtime.h"
#include "train/batches.h"
#include "train/run_model.h"

namespace tess2::train {
namespace {

namespace fs = std::filesystem;
using data::MaskObjective;

/// Files of more bytes than this together are not counted through.
constexpr std::uintmax_t kCountedBytes = 256'000'000;
/// What a token takes in English text, and what compression makes of it: for a bound alone.
constexpr double kBytesPerToken = 3.0;
constexpr double kCompression = 4.0;
/// Of an example beside its ids.
constexpr std::uint64_t kExampleBytes = 64;

/// The part that a weight of this name belongs to.
std::string_view part_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kParts{{
      {"embed_tokens", "embedding"},
      {"self_attn", "attention"},
      {"mlp", "feed-forward"},
      {"norm", "norms"},
      {"lm_head", "head"},
      {"timestep_embed", "time embedding"},
      {"score", "score"},
  }};
  for (const auto& [mark, part] : kParts) {
    if (name.find(mark) != std::string_view::npos) return part;
  }
  return "other";
}

std::vector<WeightPart> weights_by_part(const model::Config& config) {
  std::vector<WeightPart> parts;
  model::Weights none;
  for (const model::WeightSlot& slot : model::weight_slots(none, config)) {
    std::int64_t count = 1;
    for (const std::int64_t size : slot.shape) count *= size;
    const std::string name(part_of(slot.name));
    auto part = std::ranges::find(parts, name, &WeightPart::name);
    if (part == parts.end()) part = parts.insert(parts.end(), {name, 0});
    part->count += count;
  }
  return parts;
}

/// What is known of a run's data by looking at its files.
struct DataSize {
  std::optional<std::int64_t> examples;  ///< an epoch's
  double tokens = 0.0;                   ///< about, by the size of the files
};

bool all_shards(const std::vector<std::string>& inputs) {
  return std::ranges::all_of(inputs, data::is_shard_folder);
}

double tokens_in_files(const std::vector<std::string>& inputs) {
  double tokens = 0.0;
  for (const std::string& input : inputs) {
    if (data::is_shard_folder(input)) {
      tokens += static_cast<double>(data::TokenShards(input).index().tokens());
      continue;
    }
    for (const fs::path& file : data::find_inputs(input)) {
      std::error_code problem;
      const auto size = static_cast<double>(fs::file_size(file, problem));
      const bool packed = file.extension() == ".gz" || file.extension() == ".zst";
      if (!problem) tokens += size * (packed ? kCompression : 1.0) / kBytesPerToken;
    }
  }
  return tokens;
}

/// Rows of documents. In a mixture sources begin anew, so that it has no epochs.
DataSize size_of_documents(const RunPaths& paths, std::int64_t length) {
  DataSize size{std::nullopt, tokens_in_files(paths.train)};
  if (!paths.weights.empty() || !all_shards(paths.train)) return size;
  size.examples = static_cast<std::int64_t>(size.tokens) / length;
  return size;
}

std::int64_t lines_in(const fs::path& file) {
  data::LineReader lines(file);
  std::int64_t count = 0;
  for (std::string line; lines.next(line);) count += data::is_blank(line) ? 0 : 1;
  return count;
}

/// Where a line gives one example (or none, where it is too long).
DataSize size_of_lines(const RunPaths& paths) {
  DataSize size{std::nullopt, tokens_in_files(paths.train)};
  if (!paths.weights.empty()) return size;
  std::int64_t lines = 0;
  std::uintmax_t bytes = 0;
  for (const fs::path& file : data::find_inputs(paths.train)) {
    std::error_code problem;
    bytes += fs::file_size(file, problem);
    if (problem || bytes > kCountedBytes) return size;
  }
  for (const fs::path& file : data::find_inputs(paths.train)) lines += lines_in(file);
  size.examples = lines;
  return size;
}

/// Bytes of the shuffle's blocks: one where it holds an epoch, else two, and the held-out examples
/// as int64 with their masks. `ids` are those of an example.
std::uint64_t data_bytes(const RunPaths& paths, const DataSize& size, std::int64_t ids,
                         std::int64_t validation_rows) {
  const double rows =
      size.examples ? static_cast<double>(*size.examples) : size.tokens / static_cast<double>(ids);
  const auto buffer = static_cast<double>(paths.shuffle_buffer);
  const double held = rows <= buffer ? rows : 2.0 * buffer;
  return static_cast<std::uint64_t>(held) *
             (static_cast<std::uint64_t>(ids) * sizeof(text::TokenId) + kExampleBytes) +
         static_cast<std::uint64_t>(validation_rows * ids) * 9;
}

/// The share of its positions that the largest of many batches predicts. A prefix leaves half of a
/// row or more, each as likely, drawn for each row: their mean over a batch stays below three
/// deviations above theirs.
double largest_share(MaskObjective masks, std::int64_t batch) {
  switch (masks) {
    case MaskObjective::kSpanInfilling:
      return 0.15;
    case MaskObjective::kUl2:
    case MaskObjective::kUl2Variable:
    case MaskObjective::kPrefixLm:
      return std::min(1.0, 0.75 + 3.0 * 0.25 / std::sqrt(3.0 * static_cast<double>(batch)));
    case MaskObjective::kUnconditional:
    case MaskObjective::kUl2WithUnconditional:
    case MaskObjective::kPrefixWithUnconditional:
      break;
  }
  return 1.0;
}

RunPlan plan_of(const model::Config& config, const LoopSettings& loop,
                const TrainableSettings& trainable, const fs::path& base, std::int64_t length) {
  RunPlan plan;
  plan.config = config;
  plan.weights = weights_by_part(config);
  plan.steps = loop.steps;
  plan.examples_per_step = loop.batch_size * loop.accumulation;
  plan.tokens_per_step = plan.examples_per_step * length;
  plan.shape.config = config;
  plan.shape.batch = loop.batch_size;
  plan.shape.length = length;
  plan.shape.accumulates = loop.accumulation > 1;
  plan.shape.threads = tensor::threads();
  plan.shape.bfloat16 = loop.precision.precision == Precision::kBf16;
  plan.shape.activation_checkpointing = loop.precision.activation_checkpointing;
  plan.shape.ranks = loop.ranks.size();
  plan.shape.zero_stage = static_cast<int>(loop.zero);
  plan.shape.trained_weights = count_trained(config, trainable, base);
  return plan;
}

/// Completes a plan with what it reads; `ids` are those of an example.
RunPlan with_data(RunPlan plan, const RunPaths& paths, const DataSize& size, std::int64_t ids,
                  std::int64_t validation_rows) {
  plan.epoch_examples = size.examples;
  plan.shape.data_bytes = data_bytes(paths, size, ids, validation_rows);
  plan.shape.validation_batch = std::min(validation_rows, kValidationBatch);
  plan.memory = estimate_memory(plan.shape);
  return plan;
}

}  // namespace

std::int64_t RunPlan::total_weights() const {
  std::int64_t total = 0;
  for (const WeightPart& part : weights) total += part.count;
  return total;
}

std::optional<double> RunPlan::epochs() const {
  if (!epoch_examples || *epoch_examples == 0) return std::nullopt;
  return static_cast<double>(steps) * static_cast<double>(examples_per_step) /
         static_cast<double>(*epoch_examples);
}

RunPlan plan_run(const PretrainSettings& settings) {
  RunPlan plan = plan_of(trained_config(settings), settings.loop, settings.trainable, settings.base,
                         settings.length);
  plan.shape.validation_share = 1.0;
  return with_data(std::move(plan), settings.paths,
                   size_of_documents(settings.paths, settings.length), settings.length,
                   settings.validation_rows);
}

RunPlan plan_run(const AdaptSettings& settings) {
  RunPlan plan = plan_of(trained_config(settings), settings.loop, settings.trainable,
                         start_of(settings), settings.length);
  plan.shape.span_share = largest_share(settings.masks, settings.loop.batch_size);
  plan.shape.self_conditioning = settings.diffusion.objective.self_condition_probability > 0.0;
  plan.shape.samples = settings.diffusion.samples;
  return with_data(std::move(plan), settings.paths,
                   size_of_documents(settings.paths, settings.length), settings.length,
                   settings.validation_rows);
}

RunPlan plan_run(const TuneSettings& settings) {
  RunPlan plan = plan_of(trained_config(settings), settings.loop, settings.trainable, settings.base,
                         settings.length);
  // The span is the answer and the padding after it: of a short dialogue nearly everything.
  plan.shape.validation_share = 1.0;
  plan.shape.self_conditioning = settings.diffusion.objective.self_condition_probability > 0.0;
  plan.shape.samples = settings.diffusion.samples;
  const bool one_a_line = settings.dialogue == text::DialogueMode::kFirstPair;
  const DataSize size = one_a_line ? size_of_lines(settings.paths)
                                   : DataSize{std::nullopt, tokens_in_files(settings.paths.train)};
  return with_data(std::move(plan), settings.paths, size, settings.length,
                   settings.validation_rows);
}

RunPlan plan_run(const RewardSettings& settings) {
  RunPlan plan = plan_of(trained_config(settings), settings.loop, settings.trainable, settings.base,
                         settings.length);
  plan.tokens_per_step *= 2;
  return with_data(std::move(plan), settings.paths, size_of_lines(settings.paths),
                   2 * settings.length, kValidationBatch);
}

}  // namespace tess2::train
