// The JSON files beside a tokenizer: which tokens are special, and which were added to the model's
// own vocabulary.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace tess2::text {

inline constexpr std::string_view kModelFile = "tokenizer.model";
inline constexpr std::string_view kConfigFile = "tokenizer_config.json";
inline constexpr std::string_view kAddedTokensFile = "added_tokens.json";

/// The padding token that an autoregressive model's tokenizer is given where it has none.
inline constexpr std::string_view kPadToken = "[PAD]";

/// A token string, and where it was read, for messages.
struct NamedToken {
  std::string content;
  std::filesystem::path file;
  std::string key;
};

/// A token string with the id that a file gives it.
struct AddedToken {
  TokenId id;
  NamedToken token;
};

/// What the two files say. A token that neither names is absent.
struct TokenizerConfig {
  std::optional<NamedToken> bos;
  std::optional<NamedToken> eos;
  std::optional<NamedToken> unk;
  std::optional<NamedToken> pad;
  /// By id, each id and each content once; ids of the model's own tokens may be among them.
  std::vector<AddedToken> added;
};

/// The text of the two files; nothing for one that is not there.
struct ConfigTexts {
  std::optional<std::string> config;
  std::optional<std::string> added;
};

/// Reads the two files of `folder`. Throws FileError for one that is there but cannot be read.
ConfigTexts read_config_texts(const std::filesystem::path& folder);

/// What `texts` mean; `folder` is for messages. Throws FormatError naming file and key for
/// malformed JSON, a wrong type, an id that is none, an empty token, one id with two tokens or one
/// token with two ids, and for options of added tokens that would change how text is matched
/// (lstrip, rstrip, single_word).
TokenizerConfig parse_tokenizer_config(const std::filesystem::path& folder,
                                       const ConfigTexts& texts);

/// `texts`, which parse_tokenizer_config accepts, with the token `content` added as `id` and made
/// the padding token.
ConfigTexts with_pad_token(const std::filesystem::path& folder, const ConfigTexts& texts,
                           std::string_view content, TokenId id);

}  // namespace tess2::text
