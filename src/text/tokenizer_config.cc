#include "text/tokenizer_config.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "text/utf8.h"

namespace tess2::text {
namespace {

// Ordered, so that a file written back keeps the order it had.
using Json = nlohmann::ordered_json;

constexpr const char* kDecoderKey = "added_tokens_decoder";

std::string shown(const Json& value) {
  return in_quotes(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string member(const std::string& object, const std::string& key) {
  return object + "[" + in_quotes(key) + "]";
}

Json parse_object(const std::filesystem::path& file, const std::string& text) {
  try {
    Json json = Json::parse(text);
    if (!json.is_object()) throw FormatError(file, "", "a JSON object", json.type_name());
    return json;
  } catch (const Json::parse_error& error) {
    throw FormatError(file, "byte " + std::to_string(error.byte), "JSON", "a syntax error");
  } catch (const Json::out_of_range&) {
    throw FormatError(file, "", "JSON", "a number out of range");
  }
}

// A token is written as a string or as an object with its text under "content".
NamedToken read_token(const std::filesystem::path& file, const std::string& key,
                      const Json& value) {
  const Json* content = &value;
  if (value.is_object() && value.contains("content")) content = &value["content"];
  if (!content->is_string() || content->get_ref<const std::string&>().empty()) {
    throw FormatError(file, key, "a token (a string that is not empty)", shown(value));
  }
  return {content->get<std::string>(), file, key};
}

std::optional<NamedToken> read_optional_token(const std::filesystem::path& file,
                                              const std::string& key, const Json& config) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) return std::nullopt;
  return read_token(file, key, *found);
}

// Options that would make matching depend on the text around the token are not offered.
void check_options(const NamedToken& token, const Json& value) {
  for (const char* option : {"lstrip", "rstrip", "single_word"}) {
    const auto found = value.find(option);
    if (found == value.end() || *found == false) continue;
    throw FormatError(token.file, token.key + "." + option, "false", shown(*found));
  }
}

TokenId parse_id(const std::filesystem::path& file, const std::string& text) {
  TokenId id = -1;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, id);
  if (problem != std::errc{} || stop != end || id < 0) {
    throw FormatError(file, kDecoderKey, "token ids as keys", in_quotes(text));
  }
  return id;
}

void read_decoder(const std::filesystem::path& file, const Json& config,
                  std::vector<AddedToken>& added) {
  const auto found = config.find(kDecoderKey);
  if (found == config.end()) return;
  if (!found->is_object()) throw FormatError(file, kDecoderKey, "an object", shown(*found));
  for (const auto& [id, value] : found->items()) {
    NamedToken token = read_token(file, member(kDecoderKey, id), value);
    if (value.is_object()) check_options(token, value);
    added.push_back({parse_id(file, id), std::move(token)});
  }
}

TokenId read_id(const std::filesystem::path& file, const std::string& key, const Json& value) {
  const bool whole = value.is_number_integer();
  if (!whole || value < 0 || value > std::numeric_limits<TokenId>::max()) {
    throw FormatError(file, in_quotes(key), "a token id", shown(value));
  }
  return value.get<TokenId>();
}

void read_added_file(const std::filesystem::path& file, const std::string& text,
                     std::vector<AddedToken>& added) {
  const Json json = parse_object(file, text);
  for (const auto& [content, value] : json.items()) {
    if (content.empty()) throw FormatError(file, "\"\"", "a token", "an empty string");
    added.push_back({read_id(file, content, value), {content, file, in_quotes(content)}});
  }
}

bool by_id(const AddedToken& a, const AddedToken& b) {
  return a.id < b.id;
}
bool by_content(const AddedToken& a, const AddedToken& b) {
  return a.token.content < b.token.content;
}

// The two files may both name a token, as long as they agree.
void merge_repeated(std::vector<AddedToken>& added) {
  const auto same = [](const AddedToken& a, const AddedToken& b) {
    return a.id == b.id && a.token.content == b.token.content;
  };
  std::stable_sort(added.begin(), added.end(), by_content);
  std::stable_sort(added.begin(), added.end(), by_id);
  added.erase(std::unique(added.begin(), added.end(), same), added.end());
}

void check_one_token_per_id(const std::vector<AddedToken>& added) {
  const auto clash =
      std::adjacent_find(added.begin(), added.end(),
                         [](const AddedToken& a, const AddedToken& b) { return a.id == b.id; });
  if (clash == added.end()) return;
  const NamedToken& second = (clash + 1)->token;
  throw FormatError(second.file, second.key, "an id of its own for " + in_quotes(second.content),
                    std::to_string(clash->id) + ", which is " + in_quotes(clash->token.content));
}

void check_one_id_per_token(std::vector<AddedToken> added) {
  std::stable_sort(added.begin(), added.end(), by_content);
  const auto clash = std::adjacent_find(
      added.begin(), added.end(),
      [](const AddedToken& a, const AddedToken& b) { return a.token.content == b.token.content; });
  if (clash == added.end()) return;
  const NamedToken& second = (clash + 1)->token;
  throw FormatError(second.file, second.key,
                    "the id " + std::to_string(clash->id) + " of " + in_quotes(second.content),
                    std::to_string((clash + 1)->id));
}

std::optional<std::string> read_if_there(const std::filesystem::path& file) {
  std::error_code problem;
  if (!std::filesystem::exists(file, problem) && !problem) return std::nullopt;
  return read_text_file(file);
}

std::string written(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

ConfigTexts read_config_texts(const std::filesystem::path& folder) {
  return {read_if_there(folder / kConfigFile), read_if_there(folder / kAddedTokensFile)};
}

TokenizerConfig parse_tokenizer_config(const std::filesystem::path& folder,
                                       const ConfigTexts& texts) {
  TokenizerConfig result;
  if (texts.config) {
    const auto file = folder / kConfigFile;
    const Json config = parse_object(file, *texts.config);
    result.bos = read_optional_token(file, "bos_token", config);
    result.eos = read_optional_token(file, "eos_token", config);
    result.unk = read_optional_token(file, "unk_token", config);
    result.pad = read_optional_token(file, "pad_token", config);
    read_decoder(file, config, result.added);
  }
  if (texts.added) read_added_file(folder / kAddedTokensFile, *texts.added, result.added);
  merge_repeated(result.added);
  check_one_token_per_id(result.added);
  check_one_id_per_token(result.added);
  return result;
}

ConfigTexts with_pad_token(const std::filesystem::path& folder, const ConfigTexts& texts,
                           std::string_view content, TokenId id) {
  Json config = parse_object(folder / kConfigFile, texts.config.value_or("{}"));
  Json added = parse_object(folder / kAddedTokensFile, texts.added.value_or("{}"));
  config["pad_token"] = content;
  added[std::string(content)] = id;
  // Readers that find the longer form look no further, so it must know the token too.
  if (config.contains(kDecoderKey)) {
    config[kDecoderKey][std::to_string(id)] = {{"content", content},   {"lstrip", false},
                                               {"normalized", false},  {"rstrip", false},
                                               {"single_word", false}, {"special", true}};
  }
  return {written(config), written(added)};
}

}  // namespace tess2::text
