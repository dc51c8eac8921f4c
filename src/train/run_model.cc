#include "train/run_model.h"

#include <algorithm>
#include <filesystem>

#include "model/adapter_files.h"
#include "model/checkpoint.h"
#include "text/tokenizer_config.h"

namespace tess2::train {
namespace {

using model::Config;
using model::ModelKind;

Config base_config(const std::filesystem::path& base) {
  return model::read_model_config(base);
}

std::int64_t padding_of(const std::filesystem::path& base) {
  return text::load_tokenizer_with_pad(tokenizer_folder(base))->pad().value();
}

Config diffusion_start_config(const std::filesystem::path& base, std::int64_t length) {
  Config config = base_config(base);
  if (config.kind != ModelKind::kDiffusion) {
    config = model::diffusion_config(config, padding_of(base));
  }
  config.canvas_length = length;
  return config;
}

}  // namespace

std::filesystem::path tokenizer_folder(const std::filesystem::path& folder) {
  return model::folder_with(folder, text::kModelFile);
}

std::filesystem::path start_of(const AdaptSettings& settings) {
  return settings.fresh_weights ? std::filesystem::path() : settings.base;
}

Config fresh_config(const FreshModelSettings& settings, const text::Tokenizer& tokenizer,
                    std::int64_t length) {
  Config config;
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

Config with_parts(Config config, const MethodParts& parts) {
  config.label_shift &= parts.label_shift;
  config.is_causal |= !parts.bidirectional;
  config.self_condition &= parts.self_conditioning;
  return config;
}

Config trained_config(const PretrainSettings& settings) {
  if (!settings.base.empty()) return base_config(settings.base);
  return fresh_config(settings.model, *text::load_tokenizer(settings.tokenizer), settings.length);
}

Config trained_config(const AdaptSettings& settings) {
  return with_parts(diffusion_start_config(settings.base, settings.length), settings.parts);
}

Config trained_config(const TuneSettings& settings) {
  if (settings.objective == TuneObjective::kDiffusion) {
    return diffusion_start_config(settings.base, settings.length);
  }
  return model::padded_config(base_config(settings.base), padding_of(settings.base));
}

Config trained_config(const RewardSettings& settings) {
  return model::reward_config(base_config(settings.base), padding_of(settings.base));
}

}  // namespace tess2::train
