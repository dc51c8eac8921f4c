#include "app/bench_step.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "app/bench_figures.h"
#include "app/raw_products.h"
#include "core/error.h"
#include "diffusion/sampling.h"
#include "model/weights.h"
#include "tensor/packed_product.h"

namespace tess2::app {
namespace {

using engine::WeightFormat;

/// The linear maps of a step. The last block runs its queries and what follows for the rows that
/// are asked for alone.
std::vector<ProductShape> linear_products(const model::Config& config, const StepBenchSettings& s) {
  const std::int64_t hidden = config.hidden_size, inner = config.intermediate_size;
  const std::int64_t queries = config.num_attention_heads * config.head_dim;
  const std::int64_t keys = config.num_key_value_heads * config.head_dim;
  const std::int64_t layers = config.num_hidden_layers;
  std::vector<ProductShape> shapes{{s.live(), hidden, keys, 2 * layers},
                                   {s.span, config.vocab_size, hidden, 1},
                                   {s.span, hidden, config.vocab_size, 1}};
  const auto add = [&](std::int64_t rows, std::int64_t count) {
    if (count == 0) return;
    shapes.push_back({rows, hidden, queries, count});
    shapes.push_back({rows, queries, hidden, count});
    shapes.push_back({rows, hidden, inner, 2 * count});
    shapes.push_back({rows, inner, hidden, count});
  };
  add(s.live(), layers - 1);
  add(s.span, 1);
  return shapes;
}

double attention_flops(const model::Config& config, const StepBenchSettings& s) {
  const auto queries = static_cast<double>((config.num_hidden_layers - 1) * s.live() + s.span);
  const auto width = static_cast<double>(config.num_attention_heads * config.head_dim);
  return 4.0 * queries * static_cast<double>(s.length) * width;
}

double sum_of_flops(const std::vector<ProductShape>& shapes) {
  double total = 0.0;
  for (const ProductShape& shape : shapes) total += shape.flops();
  return total;
}

diffusion::Canvas bench_canvas(const StepBenchSettings& s, std::int64_t vocab) {
  const at::Tensor ids = at::arange(s.length, at::kLong).remainder(vocab).unsqueeze(0);
  return {ids, at::arange(s.length, at::kLong).ge(s.length - s.span).unsqueeze(0)};
}

/// Passes predictions through and keeps what each part of them took.
class TimedDenoiser final : public diffusion::Denoiser {
 public:
  explicit TimedDenoiser(engine::PackedSimplexLM& model) : model_(model) {}
  std::int64_t vocab_size() const override { return model_.vocab_size(); }
  bool keeps_context() const override { return model_.keeps_context(); }
  std::span<const double> level_shares() const override { return model_.level_shares(); }
  at::Tensor predict(const diffusion::DenoiserInput& input) override {
    times_.emplace_back();
    return model_.predict_timed(input, times_.back());
  }
  void forget() { times_.clear(); }

  engine::PhaseTimes medians() const {
    const auto of = [&](double engine::PhaseTimes::*part) {
      std::vector<double> values;
      for (const auto& times : times_) values.push_back(times.*part);
      return median(values);
    };
    return {of(&engine::PhaseTimes::distributions), of(&engine::PhaseTimes::mix),
            of(&engine::PhaseTimes::blocks), of(&engine::PhaseTimes::head)};
  }

 private:
  engine::PackedSimplexLM& model_;
  std::vector<engine::PhaseTimes> times_;
};

}  // namespace

model::Config shape_config(const std::string& name, std::int64_t layers) {
  if (name != "mistral-7b") {
    throw UsageError("--shape: expected mistral-7b, found " + name);
  }
  model::Config config;
  config.kind = model::ModelKind::kDiffusion;
  config.vocab_size = 32001;
  config.hidden_size = 4096;
  config.intermediate_size = 14336;
  config.num_hidden_layers = layers;
  config.num_attention_heads = 32;
  config.num_key_value_heads = 8;
  config.head_dim = 128;
  config.rms_norm_eps = 1e-5;
  config.self_condition = true;
  config.bos_token_id = 1;
  config.eos_token_id = 2;
  config.pad_token_id = 32000;
  return config;
}

engine::TensorSource made_up_weights(const model::Config& config) {
  return [config](const std::string& name) {
    model::Weights none;
    for (const model::WeightSlot& slot : model::weight_slots(none, config)) {
      if (slot.name != name) continue;
      if (slot.shape.size() == 1) return at::ones(slot.shape);
      // Uniform with the deviation of fresh weights.
      const double reach = config.initializer_range * 1.7320508;
      return at::empty(slot.shape).uniform_(-reach, reach).to(at::kBFloat16);
    }
    throw Error(name + ": no such weight");
  };
}

StepBenchResult bench_step(engine::PackedSimplexLM& model, WeightFormat format,
                           const StepBenchSettings& settings) {
  if (settings.span >= settings.length) {
    throw UsageError("span: expected fewer positions than the canvas has, " +
                     std::to_string(settings.length) + ", found " + std::to_string(settings.span));
  }
  const model::Config& config = model.config();
  StepBenchResult result;
  result.kernel =
      format == WeightFormat::kBf16 ? tensor::bf16_product_kernel() : tensor::byte_product_kernel();
  const auto shapes = linear_products(config, settings);
  result.raw_flops = sum_of_flops(shapes);
  result.flops = result.raw_flops + attention_flops(config, settings);

  diffusion::SamplerSettings sampler;
  sampler.steps = 2 * settings.repeats + 4;
  if (settings.reuse_prompt) sampler.prompt_cache = sampler.steps;
  TimedDenoiser timed(model);
  diffusion::Sampling sampling(timed, sampler, nullptr, bench_canvas(settings, config.vocab_size),
                               std::array<std::uint64_t, 1>{1});
  // The first has no previous prediction, and makes the kernels.
  sampling.step();
  sampling.step();
  timed.forget();
  result.peak_megabytes = peak_resident_megabytes();
  std::vector<double> raw, raw_own;
  RawProducts products(shapes, format);
  for (std::int64_t i = 0; i < settings.repeats; ++i) {
    const auto begin = Clock::now();
    sampling.step();
    result.steps.push_back(seconds_since(begin));
    raw.push_back(products.run(RawWeights::kReused));
    raw_own.push_back(products.run(RawWeights::kOwn));
  }
  result.raw_seconds = median(raw);
  result.raw_own_seconds = median(raw_own);
  result.phases = timed.medians();
  const engine::PhaseTimes& p = result.phases;
  result.sampling = median(result.steps) - p.distributions - p.mix - p.blocks - p.head;
  return result;
}

namespace {

/// What a step's time over the raw products' would be if its products ran at the raw rate.
double ratio_to_raw(const StepBenchResult& r, double raw_seconds) {
  return raw_seconds * (r.flops / r.raw_flops) / median(r.steps);
}

}  // namespace

std::string step_bench_text(const StepBenchSettings& s, const StepBenchResult& r) {
  const double step = median(r.steps);
  const engine::PhaseTimes& p = r.phases;
  const auto part = [&](const char* name, double seconds) {
    return text_line("  %-42s %9.1f ms  %5.1f %%\n", name, 1e3 * seconds, 100.0 * seconds / step);
  };
  return text_line("canvas %lld, span %lld, kernel %s\n", static_cast<long long>(s.length),
                   static_cast<long long>(s.span), r.kernel.c_str()) +
         text_line("raw products, weights reused: %.3f TFLOP in %.1f ms, %.2f TFLOP/s\n",
                   r.raw_flops / 1e12, 1e3 * r.raw_seconds, r.raw_flops / r.raw_seconds / 1e12) +
         text_line("with weights of their own, from memory: %.1f ms, %.2f TFLOP/s\n",
                   1e3 * r.raw_own_seconds, r.raw_flops / r.raw_own_seconds / 1e12) +
         text_line("a step: %.3f TFLOP in %.1f ms (%.1f to %.1f), %.2f TFLOP/s\n", r.flops / 1e12,
                   1e3 * step, 1e3 * *std::ranges::min_element(r.steps),
                   1e3 * *std::ranges::max_element(r.steps), r.flops / step / 1e12) +
         part("backbone", p.blocks) + part("product of distributions and embeddings", p.mix) +
         part("head", p.head) + part("noise, softmax, averaging", p.distributions) +
         part("draw, argmax", r.sampling) +
         text_line("of the raw rate: %.3f; of that with weights from memory: %.3f\n",
                   ratio_to_raw(r, r.raw_seconds), ratio_to_raw(r, r.raw_own_seconds)) +
         text_line("tokens/s of %lld-position answers in 100 steps: %.2f\n",
                   static_cast<long long>(s.span), static_cast<double>(s.span) / (100.0 * step)) +
         (r.load_seconds > 0.0 ? text_line("loading: %.2f s\n", r.load_seconds) : "") +
         text_line("peak memory: %.0f MB\n", r.peak_megabytes);
}

std::string step_bench_json(const StepBenchSettings& s, const StepBenchResult& r) {
  const engine::PhaseTimes& p = r.phases;
  const nlohmann::ordered_json json = {
      {"length", s.length},
      {"span", s.span},
      {"kernel", r.kernel},
      {"flops", r.flops},
      {"raw_seconds", r.raw_seconds},
      {"raw_flops", r.raw_flops},
      {"raw_own_seconds", r.raw_own_seconds},
      {"ratio_to_raw", ratio_to_raw(r, r.raw_seconds)},
      {"ratio_to_raw_own", ratio_to_raw(r, r.raw_own_seconds)},
      {"step_seconds", r.steps},
      {"backbone_seconds", p.blocks},
      {"mix_seconds", p.mix},
      {"head_seconds", p.head},
      {"distribution_seconds", p.distributions},
      {"sampling_seconds", r.sampling},
      {"load_seconds", r.load_seconds},
      {"peak_megabytes", r.peak_megabytes},
  };
  return json.dump() + "\n";
}

}  // namespace tess2::app
