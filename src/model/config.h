// The shape and settings of a model: Hugging Face's config.json (section 6).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tess2::model {

/// The family of the backbone, `model_type`.
enum class Architecture { kMistral, kLlama };

/// What stands on the backbone, which says the heads a checkpoint has.
enum class ModelKind {
  kCausal,     ///< autoregressive: lm_head (unless tied)
  kDiffusion,  ///< lm_head (unless tied) and timestep_embed (unless disabled)
  kReward,     ///< score
};

struct Config {
  Architecture architecture = Architecture::kMistral;
  ModelKind kind = ModelKind::kCausal;

  // Sizes: a file must give the first five.
  std::int64_t vocab_size = 0;         ///< V
  std::int64_t hidden_size = 0;        ///< H
  std::int64_t intermediate_size = 0;  ///< width of the feed-forward part
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t num_key_value_heads = 0;  ///< in a file, by default as many as attention heads
  std::int64_t head_dim = 0;             ///< in a file, by default hidden_size / heads
  std::int64_t max_position_embeddings = 2048;

  double rms_norm_eps = 1e-6;
  double rope_theta = 10000.0;
  /// Attention reaches positions closer than this (Mistral); nothing: all.
  std::optional<std::int64_t> sliding_window = std::nullopt;
  bool tie_word_embeddings = false;
  /// Deviation of fresh weights.
  double initializer_range = 0.02;

  std::optional<std::int64_t> bos_token_id = std::nullopt;
  std::optional<std::int64_t> eos_token_id =
      std::nullopt;  ///< the first, where a file lists several
  std::optional<std::int64_t> pad_token_id = std::nullopt;

  /// Of the weights on disk: `float32`, `bfloat16`, ...
  std::string dtype = "float32";

  // The diffusion model's own (sections 2 and 6).
  bool self_condition = false;  ///< mix the previous prediction in (`logits_mean`)
  bool is_causal = false;       ///< a causal mask instead of bidirectional attention
  /// The state before a position predicts it, as in the autoregressive base (section 2); else its
  /// own does. A key of our own, written where it is false: for comparison.
  bool label_shift = true;
  bool mask_padding_in_loss = false;    ///< padding labels do not count
  bool disable_timestep_embed = false;  ///< the denoiser is not told the time
  /// The packed format of its matrices (engine/weight_format.h); empty for tensors as Hugging Face
  /// has them. `quantization_config` in the file.
  std::string packed_format = {};

  /// Positions of the canvases it was trained on, which it answers best on; 0 where not told. A key
  /// of our own.
  std::int64_t canvas_length = 0;

  /// How often training with time warping drew each of equal ranges of t/T (diffusion/time_warp.h),
  /// where sampling then takes more steps; empty where all were drawn alike. A key of our own.
  std::vector<double> level_shares = {};

  /// The JSON text read from, kept so that writing preserves keys this program does not know.
  std::string document = {};
};

/// Throws FormatError naming `source` and the key where sizes are not positive or do not fit each
/// other, or an id lies outside the vocabulary.
void check_config(const Config& config, const std::filesystem::path& source);

/// The configuration in a JSON text. Throws FormatError naming `source`, the key, what was expected
/// and found, also for every variant of a model that is not implemented.
Config parse_config(std::string_view text, const std::filesystem::path& source);
/// The configuration as JSON text, unknown keys of `config.document` included.
std::string config_text(const Config& config);

/// Reads and checks a `config.json`. Throws FileError or FormatError.
Config read_config(const std::filesystem::path& file);
/// Writes a `config.json`, atomically.
void write_config(const Config& config, const std::filesystem::path& file);

}  // namespace tess2::model
