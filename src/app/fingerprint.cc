#include "app/fingerprint.h"

#include <algorithm>
#include <vector>

#include "core/file.h"
#include "core/fingerprint.h"
#include "core/settings.h"
#include "model/adapter_config.h"
#include "model/checkpoint.h"

namespace tess2::app {
namespace {

// Of the weights, for reading all of a large model would take as long as many answers. Training
// changes every tensor.
constexpr std::size_t kWeightsLooked = std::size_t{1} << 20;

std::string look_at(const std::filesystem::path& file) {
  const MappedFile mapped(file);
  const auto bytes = mapped.bytes().first(std::min(mapped.bytes().size(), kWeightsLooked));
  return std::to_string(mapped.bytes().size()) +
         std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// What tells a checkpoint from others: its configuration, and how its weights begin.
std::string checkpoint_identity(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto& path = entry.path();
    if (path.extension() == ".safetensors" || path.filename() == model::kConfigName ||
        path.filename() == model::kAdapterConfigName) {
      files.push_back(path);
    }
  }
  std::ranges::sort(files);
  std::string identity;
  for (const auto& file : files) identity += file.filename().string() + look_at(file);
  return identity;
}

}  // namespace

std::string answering_fingerprint(const AnsweringOptions& options,
                                  generate::GenerateSettings settings, std::string_view more) {
  Fingerprint mark;
  mark.add(SettingsTable(settings).to_yaml());
  mark.add(options.autoregressive ? "ar" : "diffusion");
  mark.add(more);
  mark.add(std::to_string(options.max_new_tokens.value_or(0)));
  mark.add(checkpoint_identity(*options.model));
  if (options.reward_model) mark.add(checkpoint_identity(*options.reward_model));
  return mark.text();
}

}  // namespace tess2::app
