#include "model/config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <ostream>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "tensor/json.h"

namespace tess2::model {
namespace {

// Ordered, so that a file written back keeps the order it had.
using Json = nlohmann::ordered_json;
using tensor::json_text;

struct ArchitectureName {
  Architecture architecture;
  const char* model_type;
  /// Begins the class names under `architectures`.
  const char* class_prefix;
};

constexpr std::array<ArchitectureName, 2> kArchitectures = {{
    {Architecture::kMistral, "mistral", "Mistral"},
    {Architecture::kLlama, "llama", "Llama"},
}};

struct KindName {
  ModelKind kind;
  /// Ends the class names under `architectures`.
  const char* class_suffix;
};

constexpr std::array<KindName, 3> kKinds = {{
    {ModelKind::kCausal, "ForCausalLM"},
    {ModelKind::kDiffusion, "ForDiffusionLM"},
    {ModelKind::kReward, "ForSequenceClassification"},
}};

// What transformers takes where a Mistral file says nothing.
constexpr std::int64_t kMistralSlidingWindow = 4096;

constexpr const char* kCanvasLength = "canvas_length";
constexpr const char* kLabelShift = "label_shift";
constexpr const char* kLevelShares = "level_shares";
constexpr std::size_t kMostLevelShares = 1000;
constexpr const char* kQuantization = "quantization_config";
// What tools that do not know our packed checkpoints refuse.
constexpr const char* kPackedMethod = "tess2";
constexpr const char* kSelfCondition = "self_condition";
constexpr const char* kLogitsMean = "logits_mean";
constexpr const char* kRopeParameters = "rope_parameters";
// transformers up to 4.x, and 5.x.
constexpr const char* kOlderDtype = "torch_dtype";
constexpr const char* kNewerDtype = "dtype";

/// A JSON object of a file, read key by key; null counts as absent.
class Reader {
 public:
  Reader(const Json& object, const std::filesystem::path& source, std::string prefix = "")
      : object_(object), source_(source), prefix_(std::move(prefix)) {}

  const Json* find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  [[noreturn]] void fail(const char* key, std::string expected) const {
    const Json* value = find(key);
    throw FormatError(source_, prefix_ + key, std::move(expected),
                      value ? json_text(*value) : "none");
  }

  void read(const char* key, std::int64_t& target) const {
    const Json* value = find(key);
    if (value) target = whole(key, *value);
  }
  void read(const char* key, double& target) const {
    const Json* value = find(key);
    if (!value) return;
    if (!value->is_number()) fail(key, "a number");
    target = value->get<double>();
  }
  void read(const char* key, bool& target) const {
    const Json* value = find(key);
    if (!value) return;
    if (!value->is_boolean()) fail(key, "true or false");
    target = value->get<bool>();
  }
  void read(const char* key, std::optional<std::int64_t>& target) const {
    const Json* value = find(key);
    if (value) target = whole(key, *value);
  }

  void read(const char* key, std::string& target) const {
    const Json* value = find(key);
    if (!value) return;
    if (!value->is_string()) fail(key, "a string");
    target = value->get<std::string>();
  }

  void require(const char* key, std::int64_t& target) const {
    if (!find(key)) fail(key, "a whole number");
    read(key, target);
  }

  /// Refuses every value but `only`; a key that is absent passes.
  void expect(const char* key, const Json& only) const {
    const Json* value = find(key);
    if (value && *value != only) fail(key, only.is_null() ? "null" : json_text(only));
  }

  /// A nested object; nothing where absent.
  std::optional<Reader> nested(const char* key) const {
    const Json* value = find(key);
    if (!value) return std::nullopt;
    if (!value->is_object()) fail(key, "an object");
    return Reader(*value, source_, prefix_ + key + ".");
  }

  /// A number, or the first of a list of numbers.
  void read_first(const char* key, std::optional<std::int64_t>& target) const {
    const Json* value = find(key);
    if (!value) return;
    if (value->is_array() && value->empty()) fail(key, "a token id or a list of them");
    target = whole(key, value->is_array() ? value->front() : *value);
  }

 private:
  std::int64_t whole(const char* key, const Json& value) const {
    const bool in_range = value.is_number_integer() &&
                          (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
    if (!in_range) fail(key, "a whole number");
    return value.get<std::int64_t>();
  }

  const Json& object_;
  const std::filesystem::path& source_;
  std::string prefix_;
};

/// Sets keys of the JSON to be written.
class Writer {
 public:
  explicit Writer(Json& object) : object_(object) {}

  template <class T>
  void write(const char* key, const T& value) {
    object_[key] = value;
  }
  template <class T>
  void write(const char* key, const std::optional<T>& value) {
    object_[key] = value ? Json(*value) : Json();
  }

 private:
  Json& object_;
};

/// Keys that are read and written alike, each in one place: visit(key, member).
template <class AnyConfig, class Visitor>
void visit_backbone_keys(AnyConfig& config, Visitor&& visit) {
  visit("max_position_embeddings", config.max_position_embeddings);
  visit("rms_norm_eps", config.rms_norm_eps);
  visit("tie_word_embeddings", config.tie_word_embeddings);
  visit("initializer_range", config.initializer_range);
  visit("bos_token_id", config.bos_token_id);
  visit("pad_token_id", config.pad_token_id);
}

template <class AnyConfig, class Visitor>
void visit_required_keys(AnyConfig& config, Visitor&& visit) {
  visit("vocab_size", config.vocab_size);
  visit("hidden_size", config.hidden_size);
  visit("intermediate_size", config.intermediate_size);
  visit("num_hidden_layers", config.num_hidden_layers);
  visit("num_attention_heads", config.num_attention_heads);
}

template <class AnyConfig, class Visitor>
void visit_diffusion_keys(AnyConfig& config, Visitor&& visit) {
  visit("is_causal", config.is_causal);
  visit("mask_padding_in_loss", config.mask_padding_in_loss);
  visit("disable_timestep_embed", config.disable_timestep_embed);
}

Architecture read_architecture(const Reader& reader) {
  const Json* value = reader.find("model_type");
  for (const ArchitectureName& known : kArchitectures) {
    if (value && *value == known.model_type) return known.architecture;
  }
  reader.fail("model_type", "mistral or llama");
}

/// By the class that wrote the file; autoregressive where it names none we know.
ModelKind read_kind(const Reader& reader) {
  const Json* classes = reader.find("architectures");
  if (!classes || !classes->is_array() || classes->empty()) return ModelKind::kCausal;
  const std::string name =
      classes->front().is_string() ? classes->front().get<std::string>() : std::string();
  for (const KindName& known : kKinds) {
    if (name.ends_with(known.class_suffix)) return known.kind;
  }
  return ModelKind::kCausal;
}

/// Variants of the backbone that would need other arithmetic.
void refuse_backbone_variants(const Reader& reader) {
  reader.expect("hidden_act", "silu");
  reader.expect("attention_bias", false);
  reader.expect("mlp_bias", false);
  reader.expect("rope_scaling", nullptr);
}

/// Variants of the reference's diffusion models that no released checkpoint uses.
void refuse_diffusion_variants(const Reader& reader) {
  for (const char* key : {"self_condition_mix_logits_before_weights",
                          "self_condition_mlp_projection", "self_condition_zeros_after_softmax",
                          "deepmind_conditional", "classifier_free_simplex_inputs"}) {
    reader.expect(key, false);
  }
  if (reader.find(kSelfCondition)) reader.expect("self_condition_mix_before_weights", true);
}

/// transformers 4.x has the key on top, 5.x inside `rope_parameters`.
void read_rope(const Reader& reader, Config& config) {
  reader.read("rope_theta", config.rope_theta);
  const auto nested = reader.nested(kRopeParameters);
  if (!nested) return;
  nested->expect("rope_type", "default");
  nested->read("rope_theta", config.rope_theta);
}

void read_sliding_window(const Reader& reader, bool has_key, Config& config) {
  if (config.architecture == Architecture::kLlama) return reader.expect("sliding_window", nullptr);
  if (!has_key) config.sliding_window = kMistralSlidingWindow;
  reader.read("sliding_window", config.sliding_window);
}

void read_heads(const Reader& reader, Config& config) {
  config.num_key_value_heads = config.num_attention_heads;
  reader.read("num_key_value_heads", config.num_key_value_heads);
  if (config.num_attention_heads > 0) {
    config.head_dim = config.hidden_size / config.num_attention_heads;
  }
  const bool given = reader.find("head_dim") != nullptr;
  reader.read("head_dim", config.head_dim);
  if (!given && config.head_dim * config.num_attention_heads != config.hidden_size) {
    reader.fail("hidden_size", "a multiple of num_attention_heads, which is " +
                                   std::to_string(config.num_attention_heads));
  }
}

void read_level_shares(const Reader& reader, Config& config) {
  const Json* value = reader.find(kLevelShares);
  if (!value) return;
  const auto is_share = [](const Json& x) { return x.is_number() && x.get<double>() >= 0.0; };
  const bool list = value->is_array() && value->size() <= kMostLevelShares &&
                    std::ranges::all_of(*value, is_share);
  if (!list) reader.fail(kLevelShares, "a list of numbers from 0 to 1, 1000 at most");
  config.level_shares = value->get<std::vector<double>>();
  const double sum = std::accumulate(config.level_shares.begin(), config.level_shares.end(), 0.0);
  if (!value->empty() && std::abs(sum - 1.0) > 1e-6) reader.fail(kLevelShares, "a sum of 1");
}

void read_packed_format(const Reader& reader, Config& config) {
  const auto nested = reader.nested(kQuantization);
  if (!nested) return;
  if (!nested->find("quant_method")) nested->fail("quant_method", json_text(Json(kPackedMethod)));
  nested->expect("quant_method", kPackedMethod);
  if (!nested->find("format")) nested->fail("format", "a string");
  nested->read("format", config.packed_format);
}

void read_self_condition(const Reader& reader, Config& config) {
  reader.expect(kSelfCondition, kLogitsMean);
  config.self_condition = reader.find(kSelfCondition) != nullptr;
}

std::string class_name(const Config& config) {
  std::string name;
  for (const ArchitectureName& known : kArchitectures) {
    if (known.architecture == config.architecture) name = known.class_prefix;
  }
  for (const KindName& known : kKinds) {
    if (known.kind == config.kind) name += known.class_suffix;
  }
  return name;
}

void write_rope(const Config& config, Json& json) {
  const bool newer = json.contains(kRopeParameters) && json[kRopeParameters].is_object();
  (newer ? json[kRopeParameters] : json)["rope_theta"] = config.rope_theta;
}

/// A list of ends is kept while its first one still holds.
void write_eos(const Config& config, Json& json) {
  const auto found = json.find("eos_token_id");
  const bool list = found != json.end() && found->is_array() && !found->empty();
  if (list && config.eos_token_id && found->front() == *config.eos_token_id) return;
  Writer(json).write("eos_token_id", config.eos_token_id);
}

void write_kind(const Config& config, Json& json) {
  Writer writer(json);
  writer.write("architectures", Json::array({class_name(config)}));
  if (config.kind == ModelKind::kReward) {
    // transformers takes the number of outputs from here.
    writer.write("id2label", Json{{"0", "LABEL_0"}});
    writer.write("label2id", Json{{"LABEL_0", 0}});
  }
  if (config.kind != ModelKind::kDiffusion) return;
  writer.write(kSelfCondition, config.self_condition ? Json(kLogitsMean) : Json());
  if (config.self_condition) writer.write("self_condition_mix_before_weights", true);
  visit_diffusion_keys(config, [&](const char* key, const auto& x) { writer.write(key, x); });
  if (config.canvas_length > 0) writer.write(kCanvasLength, config.canvas_length);
  if (!config.label_shift) writer.write(kLabelShift, config.label_shift);
  if (!config.level_shares.empty()) writer.write(kLevelShares, config.level_shares);
}

/// Says which key of a configuration does not hold.
class Checker {
 public:
  explicit Checker(const std::filesystem::path& source) : source_(source) {}

  void require(bool holds, const char* key, std::string expected, const std::string& found) const {
    if (!holds) throw FormatError(source_, key, std::move(expected), found);
  }
  void positive(const char* key, std::int64_t value) const {
    constexpr std::int64_t kLargest = std::int64_t{1} << 31;
    require(value > 0 && value < kLargest, key, "a number from 1 to 2^31 - 1",
            std::to_string(value));
  }
  void positive(const char* key, double value) const {
    require(value > 0.0 && value < 1e30, key, "a positive number", std::to_string(value));
  }
  void token(const char* key, std::optional<std::int64_t> id, std::int64_t vocab_size) const {
    require(!id || (*id >= 0 && *id < vocab_size), key,
            "a token id from 0 to " + std::to_string(vocab_size - 1),
            std::to_string(id.value_or(0)));
  }

 private:
  const std::filesystem::path& source_;
};

void check_sizes(const Config& config, const Checker& checker) {
  visit_required_keys(config, [&](const char* key, std::int64_t x) { checker.positive(key, x); });
  checker.positive("num_key_value_heads", config.num_key_value_heads);
  checker.positive("head_dim", config.head_dim);
  checker.positive("max_position_embeddings", config.max_position_embeddings);
  if (config.canvas_length != 0) checker.positive(kCanvasLength, config.canvas_length);
  if (config.sliding_window) checker.positive("sliding_window", *config.sliding_window);
}

}  // namespace

void check_config(const Config& config, const std::filesystem::path& source) {
  const Checker checker(source);
  check_sizes(config, checker);
  checker.require(
      config.num_attention_heads % config.num_key_value_heads == 0, "num_key_value_heads",
      "a divisor of num_attention_heads, which is " + std::to_string(config.num_attention_heads),
      std::to_string(config.num_key_value_heads));
  checker.require(config.head_dim % 2 == 0, "head_dim", "an even number (rotary embedding)",
                  std::to_string(config.head_dim));
  checker.positive("rms_norm_eps", config.rms_norm_eps);
  checker.positive("rope_theta", config.rope_theta);
  checker.positive("initializer_range", config.initializer_range);
  checker.token("bos_token_id", config.bos_token_id, config.vocab_size);
  checker.token("eos_token_id", config.eos_token_id, config.vocab_size);
  checker.token("pad_token_id", config.pad_token_id, config.vocab_size);
}

Config parse_config(std::string_view text, const std::filesystem::path& source) {
  const Json json = tensor::parse_json_object<Json>(text, source);
  const Reader reader(json, source);
  Config config;
  config.architecture = read_architecture(reader);
  config.kind = read_kind(reader);
  refuse_backbone_variants(reader);
  refuse_diffusion_variants(reader);
  visit_required_keys(config, [&](const char* key, auto& x) { reader.require(key, x); });
  visit_backbone_keys(config, [&](const char* key, auto& x) { reader.read(key, x); });
  visit_diffusion_keys(config, [&](const char* key, auto& x) { reader.read(key, x); });
  reader.read(kCanvasLength, config.canvas_length);
  reader.read(kLabelShift, config.label_shift);
  read_level_shares(reader, config);
  // Some autoregressive files mean none by it.
  if (config.pad_token_id == -1) config.pad_token_id.reset();
  reader.read_first("eos_token_id", config.eos_token_id);
  reader.read(kOlderDtype, config.dtype);
  reader.read(kNewerDtype, config.dtype);
  read_rope(reader, config);
  read_sliding_window(reader, json.contains("sliding_window"), config);
  read_heads(reader, config);
  read_self_condition(reader, config);
  read_packed_format(reader, config);
  config.document = text;
  check_config(config, source);
  return config;
}

std::string config_text(const Config& config) {
  Json json = config.document.empty() ? Json::object() : Json::parse(config.document);
  Writer writer(json);
  const auto write = [&](const char* key, const auto& value) { writer.write(key, value); };
  for (const ArchitectureName& known : kArchitectures) {
    if (known.architecture == config.architecture) write("model_type", known.model_type);
  }
  visit_required_keys(config, write);
  write("num_key_value_heads", config.num_key_value_heads);
  write("head_dim", config.head_dim);
  visit_backbone_keys(config, write);
  write("hidden_act", "silu");
  if (config.architecture == Architecture::kMistral) {
    write("sliding_window", config.sliding_window);
  }
  write(json.contains(kNewerDtype) ? kNewerDtype : kOlderDtype, config.dtype);
  write_eos(config, json);
  write_rope(config, json);
  write_kind(config, json);
  if (!config.packed_format.empty()) {
    write(kQuantization, Json{{"quant_method", kPackedMethod}, {"format", config.packed_format}});
  }
  return json.dump(2) + "\n";
}

Config read_config(const std::filesystem::path& file) {
  return parse_config(read_text_file(file), file);
}

void write_config(const Config& config, const std::filesystem::path& file) {
  write_file_atomically(file, [&](std::ostream& out) { out << config_text(config); });
}

}  // namespace tess2::model
