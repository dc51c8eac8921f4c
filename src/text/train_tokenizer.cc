#include "text/train_tokenizer.h"

#include <algorithm>
#include <functional>
#include <map>
#include <ostream>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "text/byte_pair_encoder.h"
#include "text/byte_pair_trainer.h"
#include "text/sentencepiece_model.h"
#include "text/special_tokens.h"
#include "text/tokenizer_config.h"
#include "text/utf8.h"

namespace tess2::text {
namespace {

constexpr std::string_view kConfig = R"({
  "tokenizer_class": "LlamaTokenizer",
  "bos_token": "<s>",
  "eos_token": "</s>",
  "unk_token": "<unk>",
  "add_bos_token": true,
  "add_eos_token": false,
  "legacy": true,
  "clean_up_tokenization_spaces": false
}
)";

constexpr std::size_t kSpecialTokens = 3;
constexpr std::size_t kByteTokens = 256;

std::string with_space_marks(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == ' ' ? std::string(kSpaceMark) : std::string(1, c);
  return out;
}

// What training counts: words, and the characters they are made of.
struct Counts {
  WordCounts words;
  std::map<std::string, std::int64_t, std::less<>> characters;
};

void add_characters(std::string_view text, Counts& counts) {
  while (!text.empty()) {
    const std::size_t length = std::max(utf8_length(text), std::size_t{1});
    ++counts.characters[std::string(text.substr(0, length))];
    text.remove_prefix(length);
  }
}

// Text without symbols in it, spaces marked.
void add_plain(std::string_view text, Counts& counts) {
  if (text.empty()) return;
  count_words(text, counts.words);
  add_characters(text, counts);
}

// One line, as the encoder would see it: a mark in front of a text's first line, spaces marked,
// symbols cut out.
void add_line(std::string_view line, bool first, const SpecialTokens& symbols, Counts& counts) {
  const bool mark = first && !line.starts_with(' ');
  const std::string marked = std::string(mark ? kSpaceMark : "") + with_space_marks(line);
  const std::string_view text = marked;
  std::size_t at = 0;
  while (const auto symbol = symbols.find(text, at)) {
    add_plain(text.substr(at, symbol->begin - at), counts);
    at = symbol->end;
  }
  add_plain(text.substr(at), counts);
}

Counts count_texts(const std::vector<std::string>& texts, const std::vector<std::string>& symbols) {
  SpecialTokens matcher;
  for (const std::string& symbol : symbols) matcher.add(with_space_marks(symbol), 0);
  Counts counts;
  for (std::string_view text : texts) {
    for (bool first = true; !text.empty(); first = false) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      if (end > 0) add_line(text.substr(0, end), first, matcher, counts);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  return counts;
}

void check_symbols(const std::vector<std::string>& symbols) {
  std::set<std::string_view> taken = {"<unk>", "<s>", "</s>"};
  for (const std::string& symbol : symbols) {
    if (!symbol.empty() && is_utf8(symbol) && taken.insert(symbol).second) continue;
    throw UsageError("symbols: expected UTF-8 strings, each once and none a special token, found " +
                     in_quotes(symbol));
  }
}

void check_lower_bound(const Counts& counts, const TokenizerTraining& settings) {
  const auto least = static_cast<std::int64_t>(kSpecialTokens + kByteTokens +
                                               counts.characters.size() + settings.symbols.size());
  if (settings.vocab_size >= least) return;
  throw UsageError("vocab_size: expected at least " + std::to_string(least) +
                   " for these texts, found " + std::to_string(settings.vocab_size));
}

std::vector<Piece> leading_pieces(const std::vector<std::string>& symbols) {
  std::vector<Piece> pieces{
      {"<unk>", PieceType::kUnknown}, {"<s>", PieceType::kControl}, {"</s>", PieceType::kControl}};
  for (const std::string& symbol : symbols) {
    pieces.push_back({with_space_marks(symbol), PieceType::kUserDefined});
  }
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (std::size_t byte = 0; byte < kByteTokens; ++byte) {
    const std::string digits{kHex[byte / 16], kHex[byte % 16]};
    pieces.push_back({"<0x" + digits + ">", PieceType::kByte});
  }
  return pieces;
}

// Characters from the most frequent on.
std::vector<std::string> ranked_characters(const Counts& counts) {
  std::vector<std::pair<std::string, std::int64_t>> ranked(counts.characters.begin(),
                                                           counts.characters.end());
  std::ranges::stable_sort(ranked, std::greater{}, &std::pair<std::string, std::int64_t>::second);
  std::vector<std::string> characters;
  for (auto& [character, count] : ranked) characters.push_back(std::move(character));
  return characters;
}

SentencePieceModel train(const Counts& counts, const TokenizerTraining& settings) {
  SentencePieceModel model;
  model.remove_extra_whitespaces = false;
  model.pieces = leading_pieces(settings.symbols);
  const std::vector<std::string> characters = ranked_characters(counts);
  const std::size_t room =
      static_cast<std::size_t>(settings.vocab_size) - model.pieces.size() - characters.size();
  for (const std::string& piece : train_byte_pairs(counts.words, room)) {
    model.pieces.push_back({piece, PieceType::kNormal});
  }
  for (const std::string& character : characters) {
    model.pieces.push_back({character, PieceType::kNormal});
  }
  const auto reached = static_cast<std::int64_t>(model.pieces.size());
  if (reached == settings.vocab_size) return model;
  throw UsageError("vocab_size: expected at most " + std::to_string(reached) +
                   " for these texts, found " + std::to_string(settings.vocab_size));
}

}  // namespace

void train_tokenizer(const std::vector<std::string>& texts, const TokenizerTraining& settings,
                     const std::filesystem::path& folder) {
  check_symbols(settings.symbols);
  const Counts counts = count_texts(texts, settings.symbols);
  if (counts.words.empty()) throw Error("tokenizer training: the texts are empty");
  check_lower_bound(counts, settings);
  const std::string model = sentencepiece_model_bytes(train(counts, settings));
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw FileError(folder, problem.message());
  write_file_atomically(folder / kModelFile, [&](std::ostream& out) { out << model; });
  write_file_atomically(folder / kConfigFile, [](std::ostream& out) { out << kConfig; });
}

}  // namespace tess2::text
