#include "model/adapter_config.h"

#include <array>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "tensor/json.h"

namespace tess2::model {
namespace {

using Json = nlohmann::ordered_json;
using tensor::json_text;

constexpr const char* kType = "LORA";

/// Keys under which PEFT keeps variants: anything but null, false, `none` or nothing in a list
/// would give other outputs than the formula of model/lora.h.
constexpr std::array kVariants = {"use_dora",
                                  "use_qalora",
                                  "use_bdlora",
                                  "fan_in_fan_out",
                                  "bias",
                                  "lora_bias",
                                  "rank_pattern",
                                  "alpha_pattern",
                                  "layer_replication",
                                  "trainable_token_indices",
                                  "target_parameters",
                                  "alora_invocation_tokens"};

/// Keys with which a target need not mean every map that it names.
constexpr std::array kExceptions = {"layers_to_transform", "exclude_modules"};

bool is_nothing(const Json& value) {
  return value.is_null() || value == false || value == "none" ||
         (value.is_structured() && value.empty());
}

class Reader {
 public:
  Reader(const Json& json, const std::filesystem::path& file) : json_(json), file_(file) {}

  const Json* find(const char* key) const {
    const auto found = json_.find(key);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }

  [[noreturn]] void refuse(const char* key, const std::string& expected) const {
    const Json* value = find(key);
    throw FormatError(file_, key, expected, value == nullptr ? "none" : json_text(*value));
  }

  std::string text(const char* key) const {
    const Json* value = find(key);
    if (value == nullptr) return "";
    if (!value->is_string()) refuse(key, "a text");
    return value->get<std::string>();
  }

  double number(const char* key, double otherwise) const {
    const Json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_number()) refuse(key, "a number");
    return value->get<double>();
  }

  bool flag(const char* key) const {
    const Json* value = find(key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) refuse(key, "true or false");
    return value->get<bool>();
  }

  /// A list of texts; one text is a list of one.
  std::vector<std::string> texts(const char* key) const {
    const Json* value = find(key);
    if (value == nullptr) return {};
    if (value->is_string()) return {value->get<std::string>()};
    std::vector<std::string> list;
    if (!value->is_array()) refuse(key, "a list of texts");
    for (const Json& entry : *value) {
      if (!entry.is_string()) refuse(key, "a list of texts");
      list.push_back(entry.get<std::string>());
    }
    return list;
  }

 private:
  const Json& json_;
  const std::filesystem::path& file_;
};

void refuse_variants(const Reader& reader) {
  for (const char* key : kVariants) {
    const Json* value = reader.find(key);
    if (value != nullptr && !is_nothing(*value)) reader.refuse(key, "nothing of this kind");
  }
}

LoraConfig read_lora(const Reader& reader) {
  LoraConfig lora;
  const Json* rank = reader.find("r");
  if (rank == nullptr || !rank->is_number_integer()) reader.refuse("r", "a rank >= 1");
  lora.rank = rank->get<std::int64_t>();
  if (lora.rank < 1) reader.refuse("r", "a rank >= 1");
  lora.alpha = reader.number("lora_alpha", 8.0);
  lora.dropout = reader.number("lora_dropout", 0.0);
  if (lora.dropout < 0.0 || lora.dropout >= 1.0) reader.refuse("lora_dropout", "0 to below 1");
  lora.root_scale = reader.flag("use_rslora");
  lora.targets = reader.texts("target_modules");
  lora.modules_to_save = reader.texts("modules_to_save");
  lora.base = reader.text("base_model_name_or_path");
  return lora;
}

/// The kind of task by which PEFT chooses a class; null is any model.
Json task_of(ModelKind kind) {
  if (kind == ModelKind::kCausal) return "CAUSAL_LM";
  return kind == ModelKind::kReward ? Json("SEQ_CLS") : Json();
}

}  // namespace

AdapterDescription parse_adapter_config(std::string_view text, const std::filesystem::path& file) {
  const auto json = tensor::parse_json_object<Json>(text, file);
  const Reader reader(json, file);
  if (reader.text("peft_type") != kType) reader.refuse("peft_type", kType);
  refuse_variants(reader);
  AdapterDescription description{read_lora(reader), true};
  const Json* targets = reader.find("target_modules");
  description.names_all = targets != nullptr && targets->is_array();
  for (const char* key : kExceptions) {
    const Json* value = reader.find(key);
    if (value != nullptr && !is_nothing(*value)) description.names_all = false;
  }
  return description;
}

std::string adapter_config_text(const LoraConfig& lora, ModelKind kind) {
  Json saved;
  if (!lora.modules_to_save.empty()) saved = lora.modules_to_save;
  // As PEFT's users write it, 16 and not 16.0.
  Json alpha = lora.alpha;
  const bool is_whole = lora.alpha == std::floor(lora.alpha) && std::abs(lora.alpha) < 1e9;
  if (is_whole) alpha = static_cast<std::int64_t>(lora.alpha);
  return Json{{"base_model_name_or_path", lora.base},
              {"bias", "none"},
              {"fan_in_fan_out", false},
              {"inference_mode", true},
              {"init_lora_weights", true},
              {"lora_alpha", alpha},
              {"lora_dropout", lora.dropout},
              {"modules_to_save", saved},
              {"peft_type", kType},
              {"r", lora.rank},
              {"target_modules", lora.targets},
              {"task_type", task_of(kind)},
              {"use_rslora", lora.root_scale}}
             .dump(2) +
         "\n";
}

}  // namespace tess2::model
