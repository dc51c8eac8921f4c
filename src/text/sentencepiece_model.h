// SentencePiece model files (sentencepiece_model.proto): read, checked, written.
//
// They are read here, not by SentencePiece's library: Debian's carries protocol buffers of its own
// (3.14) whose symbols clash with the ones that its LibTorch loads (3.21), so that one process
// cannot hold both. The tests, which do without LibTorch, compare with the library.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tess2::text {

/// What a piece stands for; the numbers of the file format.
enum class PieceType : std::uint64_t {
  kNormal = 1,
  kUnknown = 2,      ///< `<unk>`
  kControl = 3,      ///< `<s>`, `</s>`
  kUserDefined = 4,  ///< always one token, whatever stands around it
  kUnused = 5,
  kByte = 6,  ///< `<0x0A>`: a byte of a character that has no piece
};

struct Piece {
  std::string text;  ///< spaces are written '▁'
  PieceType type = PieceType::kNormal;
};

struct SentencePieceModel {
  std::vector<Piece> pieces;  ///< by id
  std::int64_t unk_id = 0;
  std::int64_t bos_id = 1;  ///< -1 where there is none, as below
  std::int64_t eos_id = 2;
  /// Each text begins with a '▁', unless a space is there already.
  bool add_dummy_prefix = true;
  /// Runs of spaces count as one, and none count at the ends.
  bool remove_extra_whitespaces = true;
};

/// Reads the bytes of a model file. `file` is for messages. Throws FormatError where they are cut
/// off or malformed, and for models that Llama's and Mistral's tokenizers cannot be: ones that are
/// not BPE, rewrite characters, keep plain spaces in their pieces, or mark the ends of words; also
/// where a piece is empty, there twice, or a byte piece names no byte.
SentencePieceModel parse_sentencepiece_model(const std::filesystem::path& file,
                                             std::string_view bytes);

/// The bytes of a BPE model file with these pieces, which SentencePiece's own programs read too.
std::string sentencepiece_model_bytes(const SentencePieceModel& model);

}  // namespace tess2::text
