// A SentencePiece model file, looked at before the library gets it: a protocol buffer in which a
// few fields decide how text is prepared.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tess2::text {

struct SentencePieceModel {
  /// The model for the library to load. Pieces merge in the order of their ids, as in the
  /// reference; the scores of a file say the same except for pieces that were put in by hand, such
  /// as Mistral's runs of spaces. Where `adds_prefix`, the library is told not to add the prefix,
  /// and the self-test, which would then fail, is left out.
  std::string bytes;
  /// Each text begins with a '▁' that the caller puts there, unless a space is there already. False
  /// where the model wants none, and where it squeezes white space: there the library does both.
  bool adds_prefix = false;
  /// Decoding takes away the space that encoding put first.
  bool strips_prefix = false;
};

/// Prepares the bytes of a model file. `file` is for messages. Throws FormatError where they are
/// cut off or malformed, and for models that Llama's and Mistral's tokenizers cannot be: ones that
/// are not BPE, rewrite characters, keep plain spaces in their pieces, or mark the ends of words.
SentencePieceModel prepare_sentencepiece_model(const std::filesystem::path& file,
                                               std::string_view bytes);

}  // namespace tess2::text
