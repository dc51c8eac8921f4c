// Whole training runs: from settings to a checkpoint folder (section 3 and 5).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/reading.h"
#include "data/span_mask.h"
#include "diffusion/objective.h"
#include "text/dialogue.h"
#include "train/loop.h"
#include "train/trainable.h"

namespace tess2::train {

/// Where a run reads from and writes to, and how it reads. Data are files, folders, patterns or
/// token shards (data/examples.h).
struct RunPaths {
  std::vector<std::string> train;
  std::vector<std::string> validation;  ///< held out
  std::filesystem::path output;         ///< folder of the checkpoint
  /// Shares of a mixture, one for each entry of `train`; none: everything once an epoch.
  std::vector<std::string> weights = {};
  /// Examples that are shuffled at a time (data/shuffle.h).
  std::int64_t shuffle_buffer = 65536;
  data::ReadingSettings reading = {};
  /// Starts over where the output holds a run; not bound, for it has an option of its own.
  bool fresh = false;

  void bind(SettingsBinder& binder);
};

/// The shape of a model made from nothing (Llama's form).
struct FreshModelSettings {
  std::int64_t hidden_size = 128;
  std::int64_t intermediate_size = 352;
  std::int64_t layers = 4;
  std::int64_t heads = 4;
  std::int64_t key_value_heads = 4;
  bool tie_word_embeddings = true;

  void bind(SettingsBinder& binder);
};

/// `tess2 pretrain`: an autoregressive model on packed documents.
struct PretrainSettings {
  /// Autoregressive checkpoint to go on from; empty: fresh weights.
  std::string base;
  /// Folder of the tokenizer, where there is no base.
  std::string tokenizer;
  FreshModelSettings model;
  RunPaths paths;
  std::int64_t length = 128;
  std::int64_t validation_rows = 64;
  TrainableSettings trainable;
  LoopSettings loop;
  /// Seed of every random choice; not bound, for it has an option of its own.
  std::uint64_t seed = 0;

  void bind(SettingsBinder& binder);
};

/// The diffusion objective's settings, shared by adaptation and tuning.
struct DiffusionSettings {
  diffusion::ObjectiveSettings objective;
  /// Draws noise levels where the loss rises (diffusion/time_warp.h); the reference's is uniform.
  bool time_warping = false;
  std::vector<std::string> validation_timesteps = {"250",  "1000", "1750", "2500",
                                                   "3250", "4000", "4750"};
  /// Held-out rows that the model fills at each validation, in so many denoising steps.
  std::int64_t samples = 2;
  std::int64_t sample_steps = 20;

  void bind(SettingsBinder& binder);
};

/// Parts of the method (section 2); a model is adapted without one to see what it does.
struct MethodParts {
  bool label_shift = true;
  bool bidirectional = true;
  bool self_conditioning = true;

  void bind(SettingsBinder& binder);
};

/// `tess2 adapt`: an autoregressive model becomes a diffusion model.
struct AdaptSettings {
  /// Autoregressive checkpoint, or a diffusion checkpoint to go on with.
  std::filesystem::path base;
  /// Keeps the base's shape and tokenizer but none of its weights, for comparison.
  bool fresh_weights = false;
  RunPaths paths;
  std::int64_t length = 128;
  data::MaskObjective masks = data::MaskObjective::kUl2;
  /// Chance that the holes of a batch under a span mask have more places than tokens; the
  /// reference's is 0.
  double elastic_holes = 0.0;
  /// Steps over which attention is annealed from causal to bidirectional; 0, as in the reference:
  /// bidirectional from the first step.
  std::int64_t attention_annealing_steps = 0;
  MethodParts parts;
  std::int64_t validation_rows = 64;
  DiffusionSettings diffusion;
  TrainableSettings trainable;
  LoopSettings loop;
  /// Seed of every random choice; not bound, for it has an option of its own.
  std::uint64_t seed = 0;

  void bind(SettingsBinder& binder);
};

/// What is tuned on dialogues.
enum class TuneObjective {
  kDiffusion,       ///< a diffusion model
  kAutoregressive,  ///< the autoregressive twin, the baseline
};

/// `tess2 tune`: instruction tuning on dialogues.
struct TuneSettings {
  std::filesystem::path base;
  TuneObjective objective = TuneObjective::kDiffusion;
  text::DialogueMode dialogue = text::DialogueMode::kFirstPair;
  /// Chance that parts of an answer are given, so that the model still fills holes; the
  /// reference's is 0.
  double answer_holes = 0.0;
  RunPaths paths;
  std::int64_t length = 128;
  std::int64_t validation_rows = 64;
  DiffusionSettings diffusion;
  TrainableSettings trainable;
  LoopSettings loop;
  /// Seed of every random choice; not bound, for it has an option of its own.
  std::uint64_t seed = 0;

  void bind(SettingsBinder& binder);
};

/// `tess2 reward`: a reward model on preference pairs.
struct RewardSettings {
  std::filesystem::path base;
  RunPaths paths;
  std::int64_t length = 128;
  /// Trains on answers seen through noise, as guidance will show them.
  bool noised_inputs = false;
  /// T and the schedule of that noise.
  diffusion::ObjectiveSettings noise;
  TrainableSettings trainable;
  LoopSettings loop;
  /// Seed of every random choice; not bound, for it has an option of its own.
  std::uint64_t seed = 0;

  void bind(SettingsBinder& binder);
};

/// What every run tells before it starts, beside the loop's observer.
struct RunObserver {
  /// One line: what was loaded, how many weights, rows and tokens. Of bad lines it is told on the
  /// thread that reads.
  std::function<void(const std::string&)> on_note;
  LoopObserver loop;
};

/// Each checks all there is to check without loading weights (train/check_run.h), then trains, goes
/// on where an earlier run of the same settings stopped, and saves (train/run_folder.h). `recipe`
/// is the text of the resolved settings, kept beside the weights as `recipe.yaml`. Throws
/// UsageError, FileError or FormatError for what cannot be used, SeveralErrors for several.
LoopEnd run_pretrain(const PretrainSettings& settings, const std::string& recipe,
                     const RunObserver& observer);
LoopEnd run_adapt(const AdaptSettings& settings, const std::string& recipe,
                  const RunObserver& observer);
LoopEnd run_tune(const TuneSettings& settings, const std::string& recipe,
                 const RunObserver& observer);
LoopEnd run_reward(const RewardSettings& settings, const std::string& recipe,
                   const RunObserver& observer);

}  // namespace tess2::train
