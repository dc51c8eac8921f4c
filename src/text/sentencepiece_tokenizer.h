// SentencePiece tokenizers as Hugging Face's Llama and Mistral classes use them.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "text/tokenizer.h"
#include "text/tokenizer_config.h"

namespace tess2::text {

/// A tokenizer from the bytes of a `tokenizer.model` and what the files beside it say.
///
/// Encoding: the text is cut at its special tokens (the longest first); each piece of text between
/// them gets a '▁' in front unless it begins with a space, and is then cut into tokens by the
/// model. Bytes that are not UTF-8 come back as U+FFFD. Decoding: pieces are joined, '▁' becomes a
/// space, and one space at the very start is taken away; a run of byte tokens is joined to
/// characters, or becomes one U+FFFD a byte where it is not UTF-8.
///
/// `model_file` is for messages. Throws FormatError for a model that cannot be used, an added token
/// whose id is taken or leaves a gap, and a special token that is not in the vocabulary.
std::unique_ptr<Tokenizer> make_sentencepiece_tokenizer(const std::filesystem::path& model_file,
                                                        std::string_view model_bytes,
                                                        const TokenizerConfig& config);

}  // namespace tess2::text
