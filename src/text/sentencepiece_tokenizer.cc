#include "text/sentencepiece_tokenizer.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "text/byte_pair_encoder.h"
#include "text/sentencepiece_model.h"
#include "text/special_tokens.h"
#include "text/utf8.h"

namespace tess2::text {
namespace {

std::string with_spaces(std::string_view piece) {
  std::string out;
  while (!piece.empty()) {
    const bool is_space = piece.starts_with(kSpaceMark);
    out += is_space ? ' ' : piece.front();
    piece.remove_prefix(is_space ? kSpaceMark.size() : 1);
  }
  return out;
}

// `text` as the encoder wants it: UTF-8 with spaces marked, squeezed where the model says so.
std::string with_marks(std::string_view text, bool squeeze) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const bool is_space = text.front() == ' ' || text.starts_with(kSpaceMark);
    const std::string_view character = is_space ? kSpaceMark : text.substr(0, length);
    text.remove_prefix(is_space && text.front() == ' ' ? 1 : std::max<std::size_t>(length, 1));
    if (is_space && squeeze && (out.empty() || out.ends_with(kSpaceMark))) continue;
    out += character.empty() ? kReplacementCharacter : character;
  }
  while (squeeze && out.ends_with(kSpaceMark)) out.resize(out.size() - kSpaceMark.size());
  return out;
}

// Bytes that are not UTF-8 are shown as one replacement character each.
void append_bytes(std::string& out, std::string& bytes) {
  if (is_utf8(bytes)) {
    out += bytes;
  } else {
    for (std::size_t i = 0; i < bytes.size(); ++i) out += kReplacementCharacter;
  }
  bytes.clear();
}

class SentencePieceTokenizer final : public Tokenizer {
 public:
  SentencePieceTokenizer(const std::filesystem::path& file, const SentencePieceModel& model,
                         const TokenizerConfig& config)
      : encoder_(model),
        has_prefix_(model.add_dummy_prefix),
        squeezes_(model.remove_extra_whitespaces) {
    read_pieces(model.pieces);
    add_tokens(config.added);
    bos_ = named_or(config.bos, model.bos_id, file, "bos_id");
    eos_ = named_or(config.eos, model.eos_id, file, "eos_id");
    named_or(config.unk, model.unk_id, file, "unk_id");
    pad_ = config.pad ? require(*config.pad) : find(kPadToken);
    if (pad_) make_special(*pad_);
  }

  std::vector<TokenId> encode(std::string_view text) const override {
    return encode(text, has_prefix_);
  }
  std::vector<TokenId> encode_continuation(std::string_view text) const override {
    return encode(text, false);
  }
  bool is_byte(TokenId id) const override {
    return id >= 0 && id < vocab_size() && tokens_[static_cast<std::size_t>(id)].is_byte;
  }
  std::string decode(std::span<const TokenId> ids) const override;
  std::int64_t vocab_size() const override { return static_cast<std::int64_t>(tokens_.size()); }
  std::optional<TokenId> find(std::string_view token) const override;
  TokenId bos() const override { return bos_; }
  TokenId eos() const override { return eos_; }
  std::optional<TokenId> pad() const override { return pad_; }

 private:
  struct Token {
    std::string written;  // as the vocabulary has it
    std::string shown;    // as decoding shows it; the byte itself for a byte token
    bool is_byte = false;
    bool is_special = false;
  };

  void read_pieces(const std::vector<Piece>& pieces);
  void add_tokens(const std::vector<AddedToken>& added);
  void add_token(const AddedToken& added);
  TokenId named_or(const std::optional<NamedToken>& named, std::int64_t id,
                   const std::filesystem::path& file, const char* key);
  TokenId require(const NamedToken& named);
  void make_special(TokenId id);
  // `prefix` tells whether a space is put before a text that begins without one.
  std::vector<TokenId> encode(std::string_view text, bool prefix) const;
  void encode_plain(std::string_view text, bool prefix, std::vector<TokenId>& ids) const;
  const Token& token(TokenId id) const;

  BytePairEncoder encoder_;
  bool has_prefix_;
  bool squeezes_;
  std::vector<Token> tokens_;
  std::unordered_map<std::string, TokenId> ids_;
  SpecialTokens special_;
  TokenId bos_ = 0;
  TokenId eos_ = 0;
  std::optional<TokenId> pad_;
};

void SentencePieceTokenizer::read_pieces(const std::vector<Piece>& pieces) {
  for (const Piece& piece : pieces) {
    const auto id = static_cast<TokenId>(tokens_.size());
    Token token{piece.text, with_spaces(piece.text), piece.type == PieceType::kByte, false};
    if (token.is_byte) {
      token.shown = static_cast<char>(std::stoi(piece.text.substr(3, 2), nullptr, 16));
    }
    tokens_.push_back(std::move(token));
    ids_.emplace(piece.text, id);
    if (piece.type == PieceType::kControl || piece.type == PieceType::kUnknown) make_special(id);
  }
}

void SentencePieceTokenizer::add_tokens(const std::vector<AddedToken>& added) {
  for (const AddedToken& token : added) {
    add_token(token);
    make_special(token.id);
  }
}

// Files may name the model's own tokens too, as what they are.
void SentencePieceTokenizer::add_token(const AddedToken& added) {
  const auto& [content, file, key] = added.token;
  const auto known = ids_.find(content);
  if (known != ids_.end() && known->second == added.id) return;
  if (known != ids_.end()) {
    throw FormatError(file, key,
                      "the id " + std::to_string(known->second) + " of " + in_quotes(content),
                      std::to_string(added.id));
  }
  if (added.id < vocab_size()) {
    throw FormatError(
        file, key, "a free id for " + in_quotes(content),
        std::to_string(added.id) + ", which is " + in_quotes(token(added.id).written));
  }
  if (added.id > vocab_size()) {
    throw FormatError(file, key, "the next free id " + std::to_string(vocab_size()),
                      std::to_string(added.id));
  }
  tokens_.push_back({content, content, false, false});
  ids_.emplace(content, added.id);
}

TokenId SentencePieceTokenizer::named_or(const std::optional<NamedToken>& named, std::int64_t id,
                                         const std::filesystem::path& file, const char* key) {
  if (named) return require(*named);
  if (id < 0)
    throw FormatError(file, key, "a token id", "none, and no configuration that names one");
  make_special(static_cast<TokenId>(id));
  return static_cast<TokenId>(id);
}

TokenId SentencePieceTokenizer::require(const NamedToken& named) {
  const auto id = find(named.content);
  if (!id) {
    throw FormatError(named.file, named.key, "a token of the vocabulary", in_quotes(named.content));
  }
  make_special(*id);
  return *id;
}

void SentencePieceTokenizer::make_special(TokenId id) {
  Token& token = tokens_[static_cast<std::size_t>(id)];
  if (token.is_special) return;
  token = {token.written, token.written, false, true};
  special_.add(token.written, id);
}

std::vector<TokenId> SentencePieceTokenizer::encode(std::string_view text, bool prefix) const {
  std::vector<TokenId> ids;
  std::size_t at = 0;
  while (const auto special = special_.find(text, at)) {
    encode_plain(text.substr(at, special->begin - at), prefix, ids);
    ids.push_back(special->id);
    at = special->end;
    prefix = has_prefix_;
  }
  encode_plain(text.substr(at), prefix, ids);
  return ids;
}

void SentencePieceTokenizer::encode_plain(std::string_view text, bool prefix,
                                          std::vector<TokenId>& ids) const {
  const std::string marked = with_marks(text, squeezes_);
  if (marked.empty()) return;
  const bool needs_prefix = prefix && !marked.starts_with(kSpaceMark);
  encoder_.encode(needs_prefix ? std::string(kSpaceMark) + marked : marked, ids);
}

std::string SentencePieceTokenizer::decode(std::span<const TokenId> ids) const {
  std::string out;
  std::string bytes;
  for (const TokenId id : ids) {
    const Token& next = token(id);
    if (next.is_byte) {
      bytes += next.shown;
      continue;
    }
    append_bytes(out, bytes);
    out += next.shown;
  }
  append_bytes(out, bytes);
  if (has_prefix_ && out.starts_with(' ')) out.erase(0, 1);
  return out;
}

std::optional<TokenId> SentencePieceTokenizer::find(std::string_view token) const {
  const auto found = ids_.find(std::string(token));
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

const SentencePieceTokenizer::Token& SentencePieceTokenizer::token(TokenId id) const {
  if (id < 0 || id >= vocab_size()) {
    throw Error("token id " + std::to_string(id) + " is outside the vocabulary of " +
                std::to_string(vocab_size()));
  }
  return tokens_[static_cast<std::size_t>(id)];
}

}  // namespace

std::unique_ptr<Tokenizer> make_sentencepiece_tokenizer(const std::filesystem::path& model_file,
                                                        std::string_view model_bytes,
                                                        const TokenizerConfig& config) {
  const SentencePieceModel model = parse_sentencepiece_model(model_file, model_bytes);
  return std::make_unique<SentencePieceTokenizer>(model_file, model, config);
}

}  // namespace tess2::text
