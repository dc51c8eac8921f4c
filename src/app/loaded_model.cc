#include "app/loaded_model.h"

#include <algorithm>
#include <array>

#include "app/packed_model.h"
#include "core/error.h"
#include "core/terminal.h"
#include "model/adapter_files.h"
#include "model/simplex_lm.h"
#include "text/tokenizer_config.h"

namespace tess2::app {
namespace {

using model::kConfigName;
using model::ModelKind;

constexpr std::size_t kNamed = 40;  // bytes of a token that a message shows

// What a person who gave a model of another kind may have meant.
std::string remedy(ModelKind expected, ModelKind found) {
  if (expected == ModelKind::kReward) return "make one with `tess2 reward`";
  if (found == ModelKind::kReward) return "give it as --reward-model";
  if (expected == ModelKind::kCausal) return "leave out --ar";
  return "use --ar, or make a diffusion model with `tess2 adapt`";
}

void check_kind(const model::Config& config, ModelKind expected,
                const std::filesystem::path& file) {
  if (config.kind == expected) return;
  throw FormatError(file, "architectures", kind_phrase(expected),
                    kind_phrase(config.kind) + " (" + remedy(expected, config.kind) + ")");
}

/// The tokenizer of a model of the kind that is wanted, whose vocabulary has its size.
std::unique_ptr<text::Tokenizer> fitting_tokenizer(const std::filesystem::path& folder,
                                                   ModelKind kind) {
  const std::filesystem::path file = model::folder_with(folder, kConfigName) / kConfigName;
  const model::Config config = model::read_config(file);
  check_kind(config, kind, file);
  auto tokenizer = text::load_tokenizer(model::folder_with(folder, text::kModelFile));
  model::check_vocabulary(config, tokenizer->vocab_size(), folder);
  return tokenizer;
}

}  // namespace

std::string kind_phrase(ModelKind kind) {
  if (kind == ModelKind::kDiffusion) return "a diffusion model";
  return kind == ModelKind::kReward ? "a reward model" : "an autoregressive model";
}

LoadedModel load_model(const std::filesystem::path& folder, ModelKind kind) {
  auto tokenizer = fitting_tokenizer(folder, kind);
  return {model::load_checkpoint(folder, kind), std::move(tokenizer)};
}

model::Config check_model(const std::filesystem::path& folder, ModelKind kind) {
  fitting_tokenizer(folder, kind);
  return model::check_checkpoint(folder, kind);
}

LoadedDenoiser load_denoiser(const std::filesystem::path& folder) {
  auto tokenizer = fitting_tokenizer(folder, ModelKind::kDiffusion);
  LoadedDenoiser loaded{model::read_model_config(folder), nullptr, std::move(tokenizer)};
  if (loaded.config.packed_format.empty()) {
    auto [config, weights] = model::load_checkpoint(folder, ModelKind::kDiffusion);
    loaded.denoiser = std::make_unique<model::SimplexLM>(std::move(config), std::move(weights));
  } else {
    loaded.denoiser = std::make_unique<engine::PackedSimplexLM>(load_packed_model(folder));
  }
  return loaded;
}

void check_same_tokenizer(const text::Tokenizer& expected, const text::Tokenizer& found,
                          const std::filesystem::path& folder) {
  const auto file = folder / text::kModelFile;
  if (expected.vocab_size() != found.vocab_size()) {
    throw FormatError(file, "", std::to_string(expected.vocab_size()) + " tokens, as in the model",
                      std::to_string(found.vocab_size()));
  }
  for (text::TokenId id = 0; id < expected.vocab_size(); ++id) {
    const std::string wanted = expected.decode(std::array{expected.bos(), id});
    const std::string text = found.decode(std::array{found.bos(), id});
    if (wanted == text) continue;
    throw FormatError(file, "token " + std::to_string(id),
                      printable(wanted, kNamed) + " after the start token, as in the model",
                      printable(text, kNamed));
  }
}

model::RewardModel load_reward(const std::filesystem::path& folder,
                               const text::Tokenizer& tokenizer) {
  LoadedModel loaded = load_model(folder, ModelKind::kReward);
  check_same_tokenizer(tokenizer, *loaded.tokenizer, folder);
  return {std::move(loaded.checkpoint.config), std::move(loaded.checkpoint.weights)};
}

}  // namespace tess2::app
