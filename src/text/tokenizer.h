// What every tokenizer offers, whatever its file format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tess2::text {

/// Index of a token in the vocabulary.
using TokenId = std::int32_t;

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// Ids of `text`. Special-token strings inside it (`<s>`, `</s>`, `[PAD]`) become their ids;
  /// nothing is added at the ends.
  virtual std::vector<TokenId> encode(std::string_view text) const = 0;

  /// As `encode`, for text that goes on where other text ended: no space is put before it.
  virtual std::vector<TokenId> encode_continuation(std::string_view text) const {
    return encode(text);
  }

  /// Text of `ids`, special tokens written out; the space that encoding puts first is taken away.
  /// Throws Error for an id outside the vocabulary.
  virtual std::string decode(std::span<const TokenId> ids) const = 0;

  /// Whether a token is one byte, which decoding may have to join with its neighbours to a
  /// character. False for an id outside the vocabulary.
  virtual bool is_byte(TokenId) const { return false; }

  /// Number of ids, special and added tokens included.
  virtual std::int64_t vocab_size() const = 0;

  /// Id of exactly this token string, or nothing.
  virtual std::optional<TokenId> find(std::string_view token) const = 0;

  virtual TokenId bos() const = 0;
  virtual TokenId eos() const = 0;
  /// Id of `[PAD]`; nothing in the tokenizer of an autoregressive model that has none.
  virtual std::optional<TokenId> pad() const = 0;
};

/// Reads the tokenizer of a Hugging Face folder (`tokenizer.model`, `tokenizer_config.json`,
/// `added_tokens.json`; only the first must be there). Throws FileError or FormatError naming file
/// and key.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder);

/// As `load_tokenizer`, and `[PAD]` is the next free id where the tokenizer has no padding token
/// (section 3: id 32000 for Mistral v0.1).
std::unique_ptr<Tokenizer> load_tokenizer_with_pad(const std::filesystem::path& folder);

/// Copies the tokenizer files of `from` into the folder `to`, byte for byte, and removes those that
/// only `to` has. Makes `to` where it is missing. Throws as load_tokenizer for what it would copy.
void copy_tokenizer(const std::filesystem::path& from, const std::filesystem::path& to);

/// As `copy_tokenizer`, and makes `[PAD]` the next free id where the tokenizer has no padding
/// token (section 3: id 32000 for Mistral v0.1). Returns the padding id.
TokenId copy_tokenizer_with_pad(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace tess2::text
