// `tess2 inspect PATH`
#include <filesystem>

#include "app/describe_checkpoint.h"
#include "app/describe_data.h"
#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "core/error.h"
#include "model/checkpoint.h"
#include "text/tokenizer_config.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

std::string describe_folder(const fs::path& folder, bool tensors) {
  if (fs::exists(folder / model::kConfigName)) return describe_checkpoint(folder, tensors);
  if (fs::exists(folder / text::kModelFile)) return describe_tokenizer(folder);
  throw FileError(folder, "expected config.json or tokenizer.model in this folder, found neither");
}

std::string describe(const fs::path& path, bool tensors) {
  if (!fs::exists(path)) throw FileError(path, "no such file or folder");
  if (fs::is_directory(path)) return describe_folder(path, tensors);
  const std::string name = path.filename().string();
  if (name.ends_with(".safetensors")) return describe_tensor_file(path);
  if (name.ends_with(".jsonl") || name.ends_with(".jsonl.gz")) return describe_data(path);
  throw FileError(path,
                  "expected a folder, or a name that ends in .safetensors, .jsonl or .jsonl.gz");
}

}  // namespace

int run_inspect_command(const CommandLine& line) {
  fs::path path;
  bool tensors = false;
  return run_with_settings<NoSettings>(
      line,
      [&](OptionSet& options) {
        options.positional("PATH", path,
                           "folder of a checkpoint or tokenizer, .safetensors, .jsonl, .jsonl.gz");
        options.flag("--tensors", tensors, "list a checkpoint's tensors");
      },
      [&](const NoSettings&, const Run& run) { run.out << describe(path, tensors); });
}

}  // namespace tess2::app
