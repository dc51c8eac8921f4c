// `tess2 merge ADAPTER OUT`
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "app/loaded_model.h"
#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "core/error.h"
#include "model/adapter_files.h"
#include "text/tokenizer.h"
#include "text/tokenizer_config.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<std::string_view, at::ScalarType>, 3> kTypes{{
    {"f32", at::kFloat},
    {"bf16", at::kBFloat16},
    {"f16", at::kHalf},
}};

struct MergeOptions {
  fs::path adapter;
  fs::path out;
  std::string type = "f32";

  void declare(OptionSet& options) {
    options.positional("ADAPTER", adapter, "folder of a low-rank adapter");
    options.positional("OUT", out, "folder to write");
    options.option("--type", type, "TYPE", "numbers of the weights: f32, bf16 or f16 (f32)");
  }
};

at::ScalarType parse_type(const std::string& written) {
  for (const auto& [name, type] : kTypes) {
    if (name == written) return type;
  }
  throw UsageError("--type: expected one of f32, bf16, f16, found " + written);
}

void merge(const MergeOptions& options, const Run& run) {
  const model::SaveOptions saving{parse_type(options.type)};
  if (!model::is_adapter(options.adapter)) {
    throw FileError(options.adapter, "expected an adapter's folder, found one without " +
                                         std::string(model::kAdapterConfigName) +
                                         " or with whole weights");
  }
  model::check_can_save(options.out);
  const auto [checkpoint, tokenizer] =
      load_model(options.adapter, model::read_model_config(options.adapter).kind);
  const fs::path tokens = model::folder_with(options.adapter, text::kModelFile);
  model::save_checkpoint(options.out, checkpoint.config, checkpoint.weights, saving,
                         [&](const fs::path& aside) { text::copy_tokenizer(tokens, aside); });
  run.out << "checkpoint: " << options.out.string() << "\n";
}

}  // namespace

int run_merge_command(const CommandLine& line) {
  MergeOptions options;
  return run_with_settings<NoSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const NoSettings&, const Run& run) { merge(options, run); });
}

}  // namespace tess2::app
