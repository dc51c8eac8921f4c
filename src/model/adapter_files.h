// Adapters in folders, as PEFT writes them: `adapter_config.json`, `adapter_model.safetensors`.
//
// A folder that this program wrote also has the model's config.json and tokenizer; in one of PEFT's
// those may be missing, and are the base's then.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "model/adapter_config.h"
#include "model/checkpoint.h"

namespace tess2::model {

/// Whether the folder has an adapter and no whole weights.
bool is_adapter(const std::filesystem::path& folder);

/// `folder` and, where it holds an adapter, the folders of its base, the base's base and so on; the
/// last one has whole weights. A relative `base_model_name_or_path` is looked for beside what is in
/// the adapter's folder, then from the working folder. Throws FormatError where a base is none, and
/// as parse_adapter_config.
std::vector<std::filesystem::path> adapter_chain(const std::filesystem::path& folder);

/// The first folder of the chain that has a file of this name; `folder` where none has.
std::filesystem::path folder_with(const std::filesystem::path& folder, std::string_view name);

/// The configuration of the model in `folder`, an adapter's base's where it has none of its own.
/// Throws as read_config and adapter_chain.
Config read_model_config(const std::filesystem::path& folder);

/// Writes the adapters that `weights` have, and the weights that are saved whole beside them, into
/// an existing folder with `config.json`. Throws FileError.
void write_adapter(const std::filesystem::path& folder, const Config& config, Weights weights);

/// What `load_checkpoint` does for an adapter's folder: loads the base, makes it a model of this
/// kind where need be (section 6), and adds what the adapter holds. The result has no adapters.
/// Throws FormatError for a tensor that is missing, unknown, mis-shaped or of another rank than the
/// description says.
Checkpoint load_adapted(const std::filesystem::path& folder, ModelKind kind,
                        const LoadOptions& options);

}  // namespace tess2::model
