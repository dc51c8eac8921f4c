#include "text/sentencepiece_model.h"

#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/error.h"

namespace tess2::text {
namespace {

// Field numbers of sentencepiece_model.proto.
namespace model_field {
constexpr std::uint64_t kPieces = 1, kTrainerSpec = 2, kNormalizerSpec = 3, kSelfTest = 4;
}
namespace piece_field {
constexpr std::uint64_t kType = 3;
}
namespace trainer_field {
constexpr std::uint64_t kModelType = 3, kSpaceAsSuffix = 24;
}
namespace normalizer_field {
constexpr std::uint64_t kCharsMap = 2, kDummyPrefix = 3, kSqueezeSpaces = 4, kEscapeSpaces = 5;
}

// A later copy of a message is merged into an earlier one: normalizer_spec {add_dummy_prefix:
// false}.
constexpr std::string_view kNoDummyPrefix("\x1a\x02\x18\x00", 4);

constexpr std::uint64_t kNormalPiece = 1;
constexpr std::uint64_t kBpe = 2;

enum WireType : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  std::uint64_t number = 0;
  std::uint64_t value = 0;   // of a varint
  std::string_view content;  // of a string or message
  std::string_view whole;    // with its tag
};

// Walks over the fields of one message.
class Message {
 public:
  Message(const std::filesystem::path& file, std::string_view bytes) : file_(file), bytes_(bytes) {}

  bool done() const { return at_ == bytes_.size(); }

  Field next() {
    const std::size_t begin = at_;
    const std::uint64_t tag = varint();
    Field field;
    field.number = tag >> 3;
    read_value(tag & 7, field);
    field.whole = bytes_.substr(begin, at_ - begin);
    return field;
  }

 private:
  void read_value(std::uint64_t type, Field& field) {
    switch (type) {
      case kVarint:
        field.value = varint();
        return;
      case kFixed64:
        field.content = take(8);
        return;
      case kBytes:
        field.content = take(varint());
        return;
      case kFixed32:
        field.content = take(4);
        return;
      default:
        malformed("a field of wire type " + std::to_string(type));
    }
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(take(1).front());
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    malformed("a number of more than ten bytes");
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) malformed("the end of the data");
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }

  [[noreturn]] void malformed(const std::string& found) const {
    throw FormatError(file_, "byte " + std::to_string(at_), "a SentencePiece model", found);
  }

  const std::filesystem::path& file_;
  std::string_view bytes_;
  std::size_t at_ = 0;
};

struct Preparation {
  bool dummy_prefix = true;
  bool squeeze_spaces = true;
};

void read_normalizer(const std::filesystem::path& file, std::string_view bytes,
                     Preparation& preparation) {
  for (Message spec(file, bytes); !spec.done();) {
    const Field field = spec.next();
    if (field.number == normalizer_field::kDummyPrefix) preparation.dummy_prefix = field.value != 0;
    if (field.number == normalizer_field::kSqueezeSpaces) {
      preparation.squeeze_spaces = field.value != 0;
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

void check_trainer(const std::filesystem::path& file, std::string_view bytes) {
  std::uint64_t model_type = 1;
  for (Message spec(file, bytes); !spec.done();) {
    const Field field = spec.next();
    if (field.number == trainer_field::kModelType) model_type = field.value;
    if (field.number == trainer_field::kSpaceAsSuffix && field.value != 0) {
      throw FormatError(file, "trainer_spec.treat_whitespace_as_suffix", "false", "true");
    }
  }
  if (model_type != kBpe) {
    throw FormatError(file, "trainer_spec.model_type", "2 (BPE)", std::to_string(model_type));
  }
}

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

bool is_normal_piece(const std::filesystem::path& file, std::string_view bytes) {
  std::uint64_t type = kNormalPiece;
  for (Message piece(file, bytes); !piece.done();) {
    const Field field = piece.next();
    if (field.number == piece_field::kType) type = field.value;
  }
  return type == kNormalPiece;
}

// A piece whose score puts it behind those with lower ids: {score (field 2, a float): -id}.
std::string ranked_piece(std::string_view bytes, std::size_t id) {
  const auto score = std::bit_cast<std::uint32_t>(-static_cast<float>(id));
  std::string content(bytes);
  content += '\x15';
  for (int shift = 0; shift < 32; shift += 8) content += static_cast<char>(score >> shift);
  return '\x0a' + varint(content.size()) + content;
}

}  // namespace

SentencePieceModel prepare_sentencepiece_model(const std::filesystem::path& file,
                                               std::string_view bytes) {
  SentencePieceModel model;
  Preparation preparation;
  std::string trainer;
  std::size_t pieces = 0;
  for (Message message(file, bytes); !message.done();) {
    const Field field = message.next();
    if (field.number == model_field::kSelfTest) continue;
    if (field.number == model_field::kTrainerSpec) trainer += field.content;
    if (field.number == model_field::kNormalizerSpec) {
      read_normalizer(file, field.content, preparation);
    }
    const bool is_piece = field.number == model_field::kPieces;
    const bool is_ranked = is_piece && is_normal_piece(file, field.content);
    model.bytes += is_ranked ? ranked_piece(field.content, pieces) : std::string(field.whole);
    if (is_piece) ++pieces;
  }
  if (pieces == 0) throw FormatError(file, "pieces", "a vocabulary", "none");
  check_trainer(file, trainer);
  model.strips_prefix = preparation.dummy_prefix;
  model.adds_prefix = preparation.dummy_prefix && !preparation.squeeze_spaces;
  if (model.adds_prefix) model.bytes += kNoDummyPrefix;
  return model;
}

}  // namespace tess2::text
