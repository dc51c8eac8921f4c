// `tess2 bench --shape mistral-7b --layers 4 --type q8`, `tess2 bench --train`,
// `tess2 bench --serve -m DIR`
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "app/bench_serve.h"
#include "app/bench_step.h"
#include "app/bench_train.h"
#include "app/packed_model.h"
#include "app/run_with_settings.h"
#include "app/session_model.h"
#include "app/subcommands.h"
#include "core/error.h"
#include "core/file.h"
#include "core/progress.h"
#include "engine/packed_checkpoint.h"
#include "generate/settings.h"

namespace tess2::app {
namespace {

/// Blocks of --shape, where none are said.
constexpr std::int64_t kShapeLayers = 4;

struct BenchOptions {
  std::optional<std::filesystem::path> model;
  std::optional<std::filesystem::path> output;
  std::optional<std::filesystem::path> write;
  std::optional<std::string> shape;
  std::optional<std::int64_t> layers;
  std::optional<std::string> type;
  std::int64_t span = 256;
  std::int64_t repeats = 5;
  bool reuse_prompt = false;
  bool serve = false;
  bool train = false;
  TrainBenchSettings training;

  void declare(OptionSet& options) {
    options.option("-m,--model", model, "DIR", "packed checkpoint to measure; with --serve, any");
    options.option("--shape", shape, "NAME", "measure made-up weights of this shape: mistral-7b");
    options.option("--layers", layers, "N", "blocks of the shape (4), or of --train (12)");
    options.option("--type", type, "TYPE",
                   "how the shape's weights are kept: bf16, q8, q4 (q8); with --train, the "
                   "precision: bf16, float32 (bf16)");
    options.option("--span", span, "N", "positions of the canvas that are generated (256)");
    options.option("--repeats", repeats, "N", "denoising or training steps measured (5)");
    options.flag("--reuse-prompt", reuse_prompt,
                 "measure steps that take the prompt's keys and values from an earlier one, as "
                 "most do with --prompt-cache");
    options.option("--write", write, "DIR", "write the shape as a packed checkpoint instead");
    options.flag("--train", train, "measure training steps of a made-up model");
    options.option("--hidden", training.hidden, "N", "with --train: hidden size (1024)");
    options.option("--vocab", training.vocab, "N", "with --train: vocabulary (32000)");
    options.option("--batch", training.batch_size, "N", "with --train: sequences at a time (8)");
    options.option("--accumulation", training.accumulation, "N",
                   "with --train: micro-batches a step (2)");
    options.flag("--checkpointing", training.precision.activation_checkpointing,
                 "with --train: run the blocks again in the backward pass");
    options.flag("--serve", serve, "what the HTTP server adds to the bare sampler");
    options.option("--output", output, "FILE", "write the figures there, as JSON");
  }
};

void check(const BenchOptions& options) {
  const int subjects = options.serve + options.train + options.shape.has_value() +
                       (options.model.has_value() && !options.serve);
  if (subjects == 0) {
    throw UsageError(
        "bench: expected --shape, --model, --train or --serve, found nothing to measure");
  }
  if (subjects > 1) {
    throw UsageError("bench: expected one of --shape, --model, --train and --serve");
  }
  if (options.serve && options.reuse_prompt) throw UsageError("--reuse-prompt: not with --serve");
  if (!options.shape && ((options.type && !options.train) || options.write)) {
    throw UsageError(std::string(options.type ? "--type" : "--write") + ": needs --shape");
  }
  for (const auto& [name, value] :
       {std::pair("--layers", options.layers.value_or(1)), std::pair("--span", options.span),
        std::pair("--repeats", options.repeats), std::pair("--hidden", options.training.hidden),
        std::pair("--vocab", options.training.vocab),
        std::pair("--batch", options.training.batch_size),
        std::pair("--accumulation", options.training.accumulation)}) {
    if (value < 1) {
      throw UsageError(std::string(name) + ": expected integer >= 1, found " +
                       std::to_string(value));
    }
  }
}

void write_output(const BenchOptions& options, const std::string& json) {
  if (!options.output) return;
  write_file_atomically(*options.output, [&](std::ostream& out) { out << json; });
}

void bench_serving(const BenchOptions& options, ServeBenchSettings settings, const Run& run) {
  const SessionModel model({options.model, std::nullopt});
  settings.length = generate::canvas_length_for(settings.length, model.trained_length());
  const ServeBenchTimes times = bench_serve(model.host(), settings);
  run.out << serve_bench_text(settings, times);
  write_output(options, serve_bench_json(settings, times));
}

engine::PackedSimplexLM model_of_shape(const BenchOptions& options, engine::WeightFormat format) {
  const model::Config config = shape_config(*options.shape, options.layers.value_or(kShapeLayers));
  check_memory(config, format);
  return {config, engine::pack_weights(config, format, made_up_weights(config))};
}

void write_shape(const BenchOptions& options, engine::WeightFormat format) {
  const model::Config config = shape_config(*options.shape, options.layers.value_or(kShapeLayers));
  Progress progress("bench: writing", engine::packed_tensors(config));
  engine::write_packed_checkpoint(*options.write, config, format, made_up_weights(config), {},
                                  [&](std::int64_t done) { progress.update(done); });
  progress.finish();
}

void bench_steps(const BenchOptions& options, std::int64_t length, const Run& run) {
  const StepBenchSettings settings{length > 0 ? length : 512, options.span, options.repeats,
                                   options.reuse_prompt};
  if (options.shape) {
    const auto format = engine::parse_weight_format(options.type.value_or("q8"), "--type");
    if (options.write) return write_shape(options, format);
    engine::PackedSimplexLM model = model_of_shape(options, format);
    const StepBenchResult result = bench_step(model, format, settings);
    run.out << step_bench_text(settings, result);
    return write_output(options, step_bench_json(settings, result));
  }
  const auto begin = std::chrono::steady_clock::now();
  engine::PackedSimplexLM model = load_packed_model(*options.model);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  StepBenchResult result = bench_step(model, model.format(), settings);
  result.load_seconds = seconds;
  run.out << step_bench_text(settings, result);
  write_output(options, step_bench_json(settings, result));
}

void bench_training(const BenchOptions& options, std::int64_t length, const Run& run) {
  TrainBenchSettings settings = options.training;
  settings.length = length > 0 ? length : settings.length;
  settings.layers = options.layers.value_or(settings.layers);
  settings.repeats = options.repeats;
  settings.precision.precision = train::parse_precision(options.type.value_or("bf16"), "--type");
  const TrainBenchResult result = bench_train(settings);
  run.out << train_bench_text(settings, result);
  write_output(options, train_bench_json(settings, result));
}

void bench(const BenchOptions& options, const ServeBenchSettings& settings, const Run& run) {
  check(options);
  if (options.output) AtomicFile probe(*options.output);
  if (options.serve) return bench_serving(options, settings, run);
  if (options.train) return bench_training(options, settings.length, run);
  bench_steps(options, settings.length, run);
}

}  // namespace

int run_bench_command(const CommandLine& line) {
  BenchOptions options;
  return run_with_settings<ServeBenchSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const ServeBenchSettings& settings, const Run& run) { bench(options, settings, run); });
}

}  // namespace tess2::app
