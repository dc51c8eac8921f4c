#include "text/sentencepiece_model.h"

#include <optional>
#include <unordered_set>

#include "core/error.h"
#include "text/utf8.h"
#include "text/wire_format.h"

namespace tess2::text {
namespace {

// Field numbers of sentencepiece_model.proto.
namespace model_field {
constexpr std::uint64_t kPieces = 1, kTrainerSpec = 2, kNormalizerSpec = 3;
}
namespace piece_field {
constexpr std::uint64_t kPiece = 1, kScore = 2, kType = 3;
}
namespace trainer_field {
constexpr std::uint64_t kModelType = 3, kVocabSize = 4, kSpaceAsSuffix = 24, kByteFallback = 35,
                        kUnkId = 40, kBosId = 41, kEosId = 42, kPadId = 43;
}
namespace normalizer_field {
constexpr std::uint64_t kName = 1, kCharsMap = 2, kDummyPrefix = 3, kSqueezeSpaces = 4,
                        kEscapeSpaces = 5;
}

constexpr std::uint64_t kUnigram = 1;
constexpr std::uint64_t kBpe = 2;

Piece read_piece(const std::filesystem::path& file, std::string_view bytes) {
  Piece piece;
  for (WireReader message(file, bytes); !message.done();) {
    const WireField field = message.next();
    if (field.number == piece_field::kPiece) piece.text = field.content;
    if (field.number == piece_field::kType) piece.type = static_cast<PieceType>(field.value);
  }
  return piece;
}

void read_normalizer(const std::filesystem::path& file, std::string_view bytes,
                     SentencePieceModel& model) {
  for (WireReader spec(file, bytes); !spec.done();) {
    const WireField field = spec.next();
    if (field.number == normalizer_field::kDummyPrefix) model.add_dummy_prefix = field.value != 0;
    if (field.number == normalizer_field::kSqueezeSpaces) {
      model.remove_extra_whitespaces = field.value != 0;
    }
    if (field.number == normalizer_field::kCharsMap && !field.content.empty()) {
      throw FormatError(file, "normalizer_spec.precompiled_charsmap", "none (identity)",
                        std::to_string(field.content.size()) + " bytes");
    }
    if (field.number == normalizer_field::kEscapeSpaces && field.value == 0) {
      throw FormatError(file, "normalizer_spec.escape_whitespaces", "true", "false");
    }
  }
}

/// An id of the file, where 'none' is a negative number.
std::int64_t signed_id(std::uint64_t value) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
}

void read_trainer(const std::filesystem::path& file, std::string_view bytes,
                  SentencePieceModel& model) {
  std::uint64_t model_type = kUnigram;
  for (WireReader spec(file, bytes); !spec.done();) {
    const WireField field = spec.next();
    if (field.number == trainer_field::kModelType) model_type = field.value;
    if (field.number == trainer_field::kUnkId) model.unk_id = signed_id(field.value);
    if (field.number == trainer_field::kBosId) model.bos_id = signed_id(field.value);
    if (field.number == trainer_field::kEosId) model.eos_id = signed_id(field.value);
    if (field.number == trainer_field::kSpaceAsSuffix && field.value != 0) {
      throw FormatError(file, "trainer_spec.treat_whitespace_as_suffix", "false", "true");
    }
  }
  if (model_type != kBpe) {
    throw FormatError(file, "trainer_spec.model_type", "2 (BPE)", std::to_string(model_type));
  }
}

bool is_byte_name(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  return text.size() == 6 && text.starts_with("<0x") && text.ends_with('>') &&
         kHex.find(text[3]) != kHex.npos && kHex.find(text[4]) != kHex.npos;
}

void check_pieces(const std::filesystem::path& file, const SentencePieceModel& model) {
  if (model.pieces.empty()) throw FormatError(file, "pieces", "a vocabulary", "none");
  std::unordered_set<std::string_view> seen;
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    const Piece& piece = model.pieces[id];
    const std::string key = "piece " + std::to_string(id);
    if (piece.text.empty()) throw FormatError(file, key, "some text", "none");
    if (!is_utf8(piece.text)) throw FormatError(file, key, "UTF-8", in_quotes(piece.text));
    if (!seen.insert(piece.text).second) {
      throw FormatError(file, key, "a new piece", "another " + in_quotes(piece.text));
    }
    if (piece.type == PieceType::kByte && !is_byte_name(piece.text)) {
      throw FormatError(file, key, "a byte such as <0x0A>", in_quotes(piece.text));
    }
    if (piece.type < PieceType::kNormal || piece.type > PieceType::kByte) {
      throw FormatError(file, key, "a type from 1 to 6",
                        std::to_string(static_cast<std::uint64_t>(piece.type)));
    }
  }
}

void check_ids(const std::filesystem::path& file, const SentencePieceModel& model) {
  const auto size = static_cast<std::int64_t>(model.pieces.size());
  const auto check = [&](const char* key, std::int64_t id, std::int64_t least) {
    if (id >= least && id < size) return;
    throw FormatError(file, std::string("trainer_spec.") + key,
                      "an id below " + std::to_string(size), std::to_string(id));
  };
  check("unk_id", model.unk_id, 0);
  check("bos_id", model.bos_id, -1);
  check("eos_id", model.eos_id, -1);
}

std::string trainer_bytes(const SentencePieceModel& model) {
  WireWriter spec;
  spec.number(trainer_field::kModelType, kBpe);
  spec.number(trainer_field::kVocabSize, model.pieces.size());
  spec.number(trainer_field::kByteFallback, 1);
  spec.number(trainer_field::kUnkId, static_cast<std::uint64_t>(model.unk_id));
  spec.number(trainer_field::kBosId, static_cast<std::uint64_t>(model.bos_id));
  spec.number(trainer_field::kEosId, static_cast<std::uint64_t>(model.eos_id));
  spec.number(trainer_field::kPadId, static_cast<std::uint64_t>(std::int64_t{-1}));
  return spec.message();
}

std::string normalizer_bytes(const SentencePieceModel& model) {
  WireWriter spec;
  spec.bytes(normalizer_field::kName, "identity");
  spec.number(normalizer_field::kDummyPrefix, model.add_dummy_prefix ? 1 : 0);
  spec.number(normalizer_field::kSqueezeSpaces, model.remove_extra_whitespaces ? 1 : 0);
  spec.number(normalizer_field::kEscapeSpaces, 1);
  return spec.message();
}

}  // namespace

SentencePieceModel parse_sentencepiece_model(const std::filesystem::path& file,
                                             std::string_view bytes) {
  SentencePieceModel model;
  // A message may come in several parts, which count as one.
  std::string trainer;
  for (WireReader message(file, bytes); !message.done();) {
    const WireField field = message.next();
    if (field.number == model_field::kPieces) {
      model.pieces.push_back(read_piece(file, field.content));
    }
    if (field.number == model_field::kTrainerSpec) trainer += field.content;
    if (field.number == model_field::kNormalizerSpec) read_normalizer(file, field.content, model);
  }
  check_pieces(file, model);
  read_trainer(file, trainer, model);
  check_ids(file, model);
  return model;
}

std::string sentencepiece_model_bytes(const SentencePieceModel& model) {
  WireWriter file;
  float score = 0.0f;
  for (const Piece& piece : model.pieces) {
    WireWriter message;
    message.bytes(piece_field::kPiece, piece.text);
    // Earlier pieces merge first.
    const bool is_ranked = piece.type == PieceType::kNormal;
    message.real(piece_field::kScore, is_ranked ? score : 0.0f);
    if (is_ranked) score -= 1.0f;
    message.number(piece_field::kType, static_cast<std::uint64_t>(piece.type));
    file.bytes(model_field::kPieces, message.message());
  }
  file.bytes(model_field::kTrainerSpec, trainer_bytes(model));
  file.bytes(model_field::kNormalizerSpec, normalizer_bytes(model));
  return file.message();
}

}  // namespace tess2::text
