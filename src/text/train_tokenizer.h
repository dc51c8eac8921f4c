// Makes a tokenizer from texts: byte-pair pieces in SentencePiece's file form, set as Llama's and
// Mistral's are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tess2::text {

struct TokenizerTraining {
  /// Number of ids, counting the 3 special tokens, the 256 bytes, the symbols below and
  /// every character of the texts outside the symbols.
  std::int64_t vocab_size = 1024;
  /// Strings that are always one token: UTF-8, each once, none a special token.
  std::vector<std::string> symbols;
};

/// Trains on `texts` and writes `tokenizer.model` and `tokenizer_config.json` into `folder`, which
/// is made where it is missing. Ids: `<unk>` 0, `<s>` 1, `</s>` 2, then symbols, bytes, pieces.
/// Digits stand alone, white space is kept as it is, characters are never rewritten, and a line
/// break is the byte token `<0x0A>`. The same texts give the same bytes. Throws UsageError for
/// symbols that cannot be and where `vocab_size` is below or above what the texts allow, telling
/// the bound; Error where the texts are empty; FileError.
void train_tokenizer(const std::vector<std::string>& texts, const TokenizerTraining& settings,
                     const std::filesystem::path& folder);

}  // namespace tess2::text
