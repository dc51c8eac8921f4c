// `tess2 inspect PATH`
#include <filesystem>

#include "app/describe_checkpoint.h"
#include "app/describe_data.h"
#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "core/error.h"
#include "data/input_files.h"
#include "data/token_shards.h"
#include "model/adapter_files.h"
#include "model/checkpoint.h"
#include "text/tokenizer_config.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

std::string describe_folder(const fs::path& folder, bool tensors) {
  if (fs::exists(folder / model::kConfigName) || model::is_adapter(folder)) {
    return describe_checkpoint(folder, tensors);
  }
  if (fs::exists(folder / text::kModelFile)) return describe_tokenizer(folder);
  if (data::is_shard_folder(folder)) return describe_shards(folder);
  throw FileError(
      folder, "expected config.json, tokenizer.model or token shards in this folder, found none");
}

std::string describe(const fs::path& path, bool tensors) {
  if (!fs::exists(path)) throw FileError(path, "no such file or folder");
  if (fs::is_directory(path)) return describe_folder(path, tensors);
  const std::string name = path.filename().string();
  if (name.ends_with(".safetensors")) return describe_tensor_file(path);
  if (data::is_input_name(path) && data::input_kind(path) == data::InputKind::kJsonLines) {
    return describe_data(path);
  }
  throw FileError(path,
                  "expected a folder, or a name that ends in .safetensors, .jsonl or .json (plain, "
                  ".gz or .zst)");
}

}  // namespace

int run_inspect_command(const CommandLine& line) {
  fs::path path;
  bool tensors = false;
  return run_with_settings<NoSettings>(
      line,
      [&](OptionSet& options) {
        options.positional(
            "PATH", path,
            "folder of a checkpoint, a tokenizer or token shards; .safetensors; .jsonl, "
            "plain, .gz or .zst");
        options.flag("--tensors", tensors, "list a checkpoint's tensors");
      },
      [&](const NoSettings&, const Run& run) { run.out << describe(path, tensors); });
}

}  // namespace tess2::app
