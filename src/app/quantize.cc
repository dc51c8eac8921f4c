// `tess2 quantize IN OUT --type q8`
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include "app/loaded_model.h"
#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "core/error.h"
#include "core/progress.h"
#include "engine/packed_checkpoint.h"
#include "model/adapter_files.h"
#include "tensor/safetensors.h"
#include "text/tokenizer.h"
#include "text/tokenizer_config.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

struct QuantizeOptions {
  fs::path in;
  fs::path out;
  std::string type = "q8";

  void declare(OptionSet& options) {
    options.positional("IN", in, "diffusion checkpoint");
    options.positional("OUT", out, "folder to write");
    options.option("--type", type, "TYPE",
                   "bf16; q8: 8-bit weights and activations; q4: 4-bit weights (q8)");
  }
};

/// The tensors of an adapter's folder, merged into its base's.
engine::TensorSource merged_source(const fs::path& folder) {
  auto merged = std::make_shared<model::Checkpoint>(
      model::load_checkpoint(folder, model::ModelKind::kDiffusion));
  return [merged](const std::string& name) {
    const auto slots = model::weight_slots(merged->weights, merged->config);
    return *std::ranges::find(slots, name, &model::WeightSlot::name)->tensor;
  };
}

/// The tensors of a checkpoint. Each is mapped by itself, so that the pages of one that is done do
/// not stay in memory.
engine::TensorSource open_source(const fs::path& folder) {
  if (model::is_adapter(folder)) return merged_source(folder);
  return [folder](const std::string& name) { return tensor::TensorFolder(folder).tensor(name); };
}

void quantize(const QuantizeOptions& options, const Run& run) {
  const auto format = engine::parse_weight_format(options.type, "--type");
  std::error_code ignored;
  if (fs::equivalent(options.in, options.out, ignored)) {
    throw UsageError("OUT: expected another folder than IN, which is never changed");
  }
  const model::Config config = check_model(options.in, model::ModelKind::kDiffusion);
  Progress progress("quantize", engine::packed_tensors(config));
  const fs::path tokens = model::folder_with(options.in, text::kModelFile);
  const auto copy = [&](const fs::path& aside) { text::copy_tokenizer(tokens, aside); };
  engine::write_packed_checkpoint(options.out, config, format, open_source(options.in), copy,
                                  [&](std::int64_t done) { progress.update(done); });
  progress.finish();
  run.out << "checkpoint: " << options.out.string() << "\n";
}

}  // namespace

int run_quantize_command(const CommandLine& line) {
  QuantizeOptions options;
  return run_with_settings<NoSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const NoSettings&, const Run& run) { quantize(options, run); });
}

}  // namespace tess2::app
