#include "app/describe_checkpoint.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <vector>

#include "app/loaded_model.h"
#include "core/file.h"
#include "core/progress.h"
#include "core/terminal.h"
#include "engine/packed_checkpoint.h"
#include "model/adapter_files.h"
#include "model/weights.h"
#include "tensor/safetensors.h"
#include "text/tokenizer_config.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

std::string tensor_table(const std::vector<tensor::TensorEntry>& entries) {
  std::size_t width = 0;
  for (const auto& entry : entries) width = std::max(width, printable(entry.name).size());
  std::string table = "tensors:\n";
  for (const auto& entry : entries) {
    std::string name = printable(entry.name);
    name.resize(width, ' ');
    table += "  " + name + "  " + tensor::dtype_name(entry.dtype) + "  " +
             tensor::shape_text(entry.shape) + "\n";
  }
  return table;
}

// A file or a folder of tensors: both have the same way to look at them.
template <class Tensors>
std::vector<tensor::TensorEntry> entries_of(const Tensors& tensors) {
  std::vector<tensor::TensorEntry> entries;
  for (const std::string& name : tensors.names()) entries.push_back(tensors.entry(name));
  return entries;
}

// `F32`, or `BF16, F32` where there are several.
std::string dtypes_text(const std::vector<tensor::TensorEntry>& entries) {
  std::set<std::string> names;
  for (const auto& entry : entries) names.insert(tensor::dtype_name(entry.dtype));
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string sizes_text(const model::Config& config) {
  const auto number = [](std::int64_t value) { return std::to_string(value); };
  return "layers " + number(config.num_hidden_layers) + ", hidden " + number(config.hidden_size) +
         ", feed-forward " + number(config.intermediate_size) + ", heads " +
         number(config.num_attention_heads) + " of " + number(config.head_dim) +
         ", key-value heads " + number(config.num_key_value_heads) + ", vocabulary " +
         number(config.vocab_size) + (config.tie_word_embeddings ? ", tied head" : "");
}

std::string kind_text(const model::Config& config) {
  const bool mistral = config.architecture == model::Architecture::kMistral;
  return kind_phrase(config.kind) + (mistral ? " (Mistral form)" : " (Llama form)");
}

// The base and the adapters' form, of an adapter's folder.
std::string adapter_text(const fs::path& folder) {
  if (!model::is_adapter(folder)) return "";
  const fs::path file = folder / model::kAdapterConfigName;
  const auto lora = model::parse_adapter_config(read_text_file(file), file).lora;
  std::string targets;
  for (const std::string& target : lora.targets) targets += (targets.empty() ? "" : ", ") + target;
  return "\nadapter: rank " + std::to_string(lora.rank) + " on " + printable(targets) + " of " +
         printable(model::adapter_chain(folder)[1].string());
}

// Reads everything once, which checks it; tensors stay mapped, for they keep their number type.
void check_weights(const fs::path& folder, const model::Config& config,
                   const std::vector<tensor::TensorEntry>& entries) {
  if (!config.packed_format.empty()) {
    engine::load_packed_weights(folder, config);
    return;
  }
  const bool is_float = !entries.empty() && at::isFloatingType(entries.front().dtype);
  const auto dtype = is_float ? entries.front().dtype : at::kFloat;
  model::load_checkpoint(folder, config.kind, {dtype});
}

// Its text where the folder has a tokenizer, which must fit the model.
std::string fitting_tokenizer_text(const fs::path& folder, const model::Config& config) {
  const fs::path tokens = model::folder_with(folder, text::kModelFile);
  if (!fs::exists(tokens / text::kModelFile)) return "tokenizer: none\n";
  model::check_vocabulary(config, text::load_tokenizer(tokens)->vocab_size(), folder);
  return describe_tokenizer(tokens);
}

std::string files_text(const fs::path& folder) {
  std::vector<std::string> lines;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    lines.push_back("  " + printable(entry.path().filename().string()) + "  " +
                    format_count(static_cast<std::int64_t>(entry.file_size())) + " bytes\n");
  }
  std::sort(lines.begin(), lines.end());
  std::string text = "files:\n";
  for (const std::string& line : lines) text += line;
  return text;
}

}  // namespace

std::string describe_tokenizer(const fs::path& folder) {
  const auto tokenizer = text::load_tokenizer(folder);
  const auto named = [&](std::optional<text::TokenId> id) {
    if (!id) return std::string("none");
    return printable(tokenizer->decode(std::array{*id})) + " (" + std::to_string(*id) + ")";
  };
  return "tokenizer: " + format_count(tokenizer->vocab_size()) + " tokens, start " +
         named(tokenizer->bos()) + ", end " + named(tokenizer->eos()) + ", padding " +
         named(tokenizer->pad()) + "\n";
}

std::string describe_tensor_file(const fs::path& file) {
  return tensor_table(entries_of(tensor::SafetensorsFile(file)));
}

std::string describe_checkpoint(const fs::path& folder, bool tensors) {
  const model::Config config = model::read_model_config(folder);
  const auto entries = entries_of(tensor::TensorFolder(folder));
  check_weights(folder, config, entries);
  std::string text = "checkpoint: " + folder.string() + "\nkind: " + kind_text(config) +
                     adapter_text(folder) + "\nsizes: " + sizes_text(config) +
                     "\nnumbers: " + dtypes_text(entries) +
                     (config.packed_format.empty() ? "" : ", packed as " + config.packed_format) +
                     "\nweights: " + format_count(model::count_parameters(config)) + " in " +
                     std::to_string(entries.size()) + " tensors\n";
  text += fitting_tokenizer_text(folder, config) + files_text(folder);
  return tensors ? text + tensor_table(entries) : text;
}

}  // namespace tess2::app
