#include "app/bench_train.h"

#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/bench_figures.h"
#include "app/raw_products.h"
#include "core/error.h"
#include "core/random.h"
#include "data/documents.h"
#include "data/examples.h"
#include "data/synth/story.h"
#include "diffusion/objective.h"
#include "model/simplex_lm.h"
#include "tensor/packed_product.h"
#include "text/tokenizer.h"
#include "text/train_tokenizer.h"
#include "train/batches.h"
#include "train/optimizer.h"

namespace tess2::app {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr double kLearningRate = 1e-4;

model::Config config_of(const TrainBenchSettings& s) {
  constexpr std::int64_t kHeadDim = 64;
  if (s.hidden % kHeadDim != 0) {
    throw UsageError("--hidden: expected a multiple of " + std::to_string(kHeadDim) + ", found " +
                     std::to_string(s.hidden));
  }
  model::Config config;
  config.kind = model::ModelKind::kDiffusion;
  config.vocab_size = s.vocab;
  config.hidden_size = s.hidden;
  config.intermediate_size = (8 * s.hidden / 3 + 255) / 256 * 256;
  config.num_hidden_layers = s.layers;
  config.head_dim = kHeadDim;
  config.num_attention_heads = s.hidden / kHeadDim;
  config.num_key_value_heads = config.num_attention_heads;
  config.self_condition = true;
  return config;
}

/// A folder that goes when this does.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tess2-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Error("cannot make a folder " + name);
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Stories, a tokenizer for them and their masked rows, read as a run reads them.
class StoryData {
 public:
  explicit StoryData(const TrainBenchSettings& s) {
    constexpr std::size_t kStories = 20000, kTokenizerStories = 200;
    constexpr std::int64_t kTokens = 600, kBuffer = 512;
    Rng rng(kSeed, Stream::kSynthetic);
    std::vector<std::string> texts;
    std::ofstream file(folder_.path() / "stories.jsonl");
    for (std::size_t i = 0; i < kStories; ++i) {
      const std::string text = data::synth::tell_story(rng).text;
      file << nlohmann::json{{"text", text}}.dump() << '\n';
      if (i < kTokenizerStories) texts.push_back(text);
    }
    file.close();
    text::train_tokenizer(texts, {kTokens, {}}, folder_.path());
    tokenizer_ = text::load_tokenizer(folder_.path());
    if (tokenizer_->vocab_size() > s.vocab) {
      throw UsageError("--vocab: expected " + std::to_string(tokenizer_->vocab_size()) +
                       " or more, found " + std::to_string(s.vocab));
    }
    const auto encoder =
        std::make_shared<data::DocumentEncoder>(*tokenizer_, static_cast<std::size_t>(s.length));
    const data::Reading reading(data::ReadingSettings{});
    const data::Inputs inputs{{(folder_.path() / "stories.jsonl").string()}, {}};
    data::Shuffle shuffle(data::open_examples(inputs, encoder, reading, kSeed), kBuffer, kSeed,
                          reading.log);
    batches_ = std::make_unique<train::DocumentBatches>(
        std::move(shuffle), data::read_examples(inputs, encoder, reading, 1),
        data::MaskObjective::kUl2, kSeed);
  }

  train::DocumentBatches& batches() { return *batches_; }

 private:
  ScratchFolder folder_;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
  std::unique_ptr<train::DocumentBatches> batches_;
};

/// The linear maps of the blocks for some positions.
std::vector<ProductShape> block_products(const model::Config& c, std::int64_t positions) {
  const std::int64_t width = c.num_attention_heads * c.head_dim;
  const std::int64_t layers = c.num_hidden_layers;
  return {{positions, c.hidden_size, width, 3 * layers},
          {positions, width, c.hidden_size, layers},
          {positions, c.hidden_size, c.intermediate_size, 2 * layers},
          {positions, c.intermediate_size, c.hidden_size, layers}};
}

double sum_of_flops(const std::vector<ProductShape>& shapes) {
  double total = 0.0;
  for (const ProductShape& shape : shapes) total += shape.flops();
  return total;
}

/// Of one micro-batch, with `rows` of its positions in the span. A backward pass counts as two
/// forward passes; nothing flows back through p E; what checkpointing runs again does not count.
double flops_of(const model::Config& c, const TrainBenchSettings& s, std::int64_t rows,
                bool self_condition) {
  const std::int64_t positions = s.batch_size * s.length;
  const double attention = 4.0 * static_cast<double>(positions * s.length) *
                           static_cast<double>(c.num_attention_heads * c.head_dim) *
                           static_cast<double>(c.num_hidden_layers);
  const double blocks = sum_of_flops(block_products(c, positions)) + attention;
  const double vocabulary = ProductShape{rows, c.hidden_size, c.vocab_size, 1}.flops();
  const double with_gradient = 3.0 * blocks + 3.0 * vocabulary + vocabulary;
  return with_gradient + (self_condition ? blocks + 2.0 * vocabulary : 0.0);
}

/// Training by hand, so that each part can be timed.
class TimedTraining {
 public:
  explicit TimedTraining(const TrainBenchSettings& settings)
      : settings_(settings),
        config_(config_of(settings)),
        data_(settings),
        lm_(config_, trainable_weights(), settings.precision.compute()),
        objective_({}),
        optimizer_(parameters_, {}) {}

  TrainStepTimes step() {
    TrainStepTimes times;
    const auto begin = Clock::now();
    const double vocabulary_before = lm_.vocabulary_seconds();
    for (std::int64_t i = 0; i < settings_.accumulation; ++i) add_micro_batch(times);
    const auto optimizing = Clock::now();
    optimizer_.step(kLearningRate);
    times.optimizer = seconds_since(optimizing);
    times.vocabulary = lm_.vocabulary_seconds() - vocabulary_before;
    times.total = seconds_since(begin);
    return times;
  }

  const model::Config& config() const { return config_; }

 private:
  model::Weights trainable_weights() {
    model::Weights weights = model::make_weights(config_, kSeed);
    model::for_each_parameter(weights, config_, [&](const std::string& name, at::Tensor& weight) {
      weight.requires_grad_(true);
      parameters_.push_back({name, weight});
    });
    return weights;
  }

  void add_micro_batch(TrainStepTimes& times) {
    const auto waiting = Clock::now();
    const train::Batch batch = data_.batches().training_batch(index_, settings_.batch_size);
    times.data += seconds_since(waiting);
    const diffusion::Canvas canvas(batch.ids, batch.span_mask);
    const auto draw = objective_.draw(kSeed, index_, settings_.batch_size);
    std::vector<std::uint64_t> seeds;
    for (std::int64_t b = 0; b < settings_.batch_size; ++b) {
      seeds.push_back(
          derive_seed(kSeed, static_cast<std::uint64_t>(index_ * settings_.batch_size + b)));
    }
    const diffusion::CounterNoise noise(seeds);
    const auto loss = objective_.loss(lm_, canvas, draw, noise, 0);
    torch::autograd::backward({loss.mean / static_cast<double>(settings_.accumulation)}, {});
    times.flops += flops_of(config_, settings_, canvas.row_count(), draw.self_condition);
    ++index_;
  }

  TrainBenchSettings settings_;
  model::Config config_;
  StoryData data_;
  std::vector<tensor::NamedTensor> parameters_;
  model::SimplexLM lm_;
  diffusion::Objective objective_;
  train::AdamW optimizer_;
  std::int64_t index_ = 0;
};

TrainStepTimes sum_of(const std::vector<TrainStepTimes>& steps) {
  TrainStepTimes sum;
  for (const TrainStepTimes& step : steps) {
    sum.total += step.total;
    sum.vocabulary += step.vocabulary;
    sum.optimizer += step.optimizer;
    sum.data += step.data;
    sum.flops += step.flops;
  }
  return sum;
}

/// The steps' rate as a share of the bare products'.
double ratio_to_raw(const TrainBenchResult& r, double raw_seconds) {
  const TrainStepTimes sum = sum_of(r.steps);
  return sum.flops / sum.total / (r.raw_flops / raw_seconds);
}

}  // namespace

TrainBenchResult bench_train(const TrainBenchSettings& settings) {
  TimedTraining training(settings);
  const model::Config& config = training.config();
  TrainBenchResult result;
  result.kernel = tensor::bf16_product_kernel();
  result.weights = model::count_parameters(config);
  training.step();  // makes the kernels and the moments
  result.peak_megabytes = peak_resident_megabytes();
  auto shapes = block_products(config, settings.batch_size * settings.length);
  shapes.push_back(
      {settings.batch_size * settings.length, config.hidden_size, config.vocab_size, 1});
  result.raw_flops = sum_of_flops(shapes);
  RawProducts products(shapes, engine::WeightFormat::kBf16);
  std::vector<double> raw, raw_own;
  for (std::int64_t i = 0; i < settings.repeats; ++i) {
    result.steps.push_back(training.step());
    raw.push_back(products.run(RawWeights::kReused));
    raw_own.push_back(products.run(RawWeights::kOwn));
  }
  result.raw_seconds = median(raw);
  result.raw_own_seconds = median(raw_own);
  return result;
}

std::string train_bench_text(const TrainBenchSettings& s, const TrainBenchResult& r) {
  const TrainStepTimes sum = sum_of(r.steps);
  const auto count = static_cast<double>(r.steps.size());
  const auto part = [&](const char* name, double seconds) {
    return text_line("  %-42s %9.2f s   %5.1f %%\n", name, seconds / count,
                     100.0 * seconds / sum.total);
  };
  const double tokens = static_cast<double>(s.batch_size * s.accumulation * s.length) * count;
  const char* precision = s.precision.precision == train::Precision::kBf16 ? "bf16" : "float32";
  return text_line("%.1f million weights, length %lld, %lld x %lld sequences a step, %s%s\n",
                   static_cast<double>(r.weights) / 1e6, static_cast<long long>(s.length),
                   static_cast<long long>(s.accumulation), static_cast<long long>(s.batch_size),
                   precision,
                   s.precision.activation_checkpointing ? ", activation checkpointing" : "") +
         text_line("raw bf16 products, weights reused: %.2f TFLOP/s (kernel %s)\n",
                   r.raw_flops / r.raw_seconds / 1e12, r.kernel.c_str()) +
         text_line("with weights of their own, from memory: %.2f TFLOP/s\n",
                   r.raw_flops / r.raw_own_seconds / 1e12) +
         text_line("a step: %.2f TFLOP in %.2f s, %.2f TFLOP/s, %.0f tokens/s\n",
                   sum.flops / count / 1e12, sum.total / count, sum.flops / sum.total / 1e12,
                   tokens / sum.total) +
         part("blocks, forward and backward",
              sum.total - sum.vocabulary - sum.optimizer - sum.data) +
         part("vocabulary work", sum.vocabulary) + part("optimiser", sum.optimizer) +
         part("waiting for data", sum.data) +
         text_line("of the raw rate: %.3f; of that with weights from memory: %.3f\n",
                   ratio_to_raw(r, r.raw_seconds), ratio_to_raw(r, r.raw_own_seconds)) +
         text_line("peak memory: %.0f MB\n", r.peak_megabytes);
}

std::string train_bench_json(const TrainBenchSettings& s, const TrainBenchResult& r) {
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (const TrainStepTimes& step : r.steps) {
    steps.push_back({{"seconds", step.total},
                     {"vocabulary_seconds", step.vocabulary},
                     {"optimizer_seconds", step.optimizer},
                     {"data_seconds", step.data},
                     {"flops", step.flops}});
  }
  const nlohmann::ordered_json json = {
      {"hidden", s.hidden},
      {"layers", s.layers},
      {"vocab", s.vocab},
      {"length", s.length},
      {"batch_size", s.batch_size},
      {"accumulation", s.accumulation},
      {"weights", r.weights},
      {"kernel", r.kernel},
      {"raw_flops", r.raw_flops},
      {"raw_seconds", r.raw_seconds},
      {"raw_own_seconds", r.raw_own_seconds},
      {"ratio_to_raw", ratio_to_raw(r, r.raw_seconds)},
      {"ratio_to_raw_own", ratio_to_raw(r, r.raw_own_seconds)},
      {"peak_megabytes", r.peak_megabytes},
      {"steps", steps},
  };
  return json.dump() + "\n";
}

}  // namespace tess2::app
