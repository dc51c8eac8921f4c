#include "text/sentencepiece_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/text_test_support.h"

namespace tess2::text {
namespace {

using ::testing::HasSubstr;

// A field of wire type 2 with less than 128 bytes, and one that is a small number.
std::string bytes_field(int number, const std::string& content) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(content.size())} +
         content;
}
std::string number_field(int number, int value) {
  const std::string tag = number < 16 ? std::string{static_cast<char>(number << 3)}
                                      : std::string{static_cast<char>((number << 3 & 0x7f) | 0x80),
                                                    static_cast<char>(number >> 4)};
  return tag + static_cast<char>(value);
}

// Three pieces, as many as the default ids of special tokens need, and what says that the model is
// BPE.
std::string piece(const std::string& text, int type) {
  return bytes_field(1, bytes_field(1, text) + number_field(3, type));
}
const std::string kPiece = piece("u", 2) + piece("s", 3) + piece("e", 3);
const std::string kBpe = bytes_field(2, number_field(3, 2));

SentencePieceModel parse(const std::string& bytes) {
  return parse_sentencepiece_model("m.model", bytes);
}

std::string parse_error(const std::string& bytes) {
  return error_of<FormatError>([&] { parse(bytes); });
}

TEST(ParseSentencePieceModel, ReadsPiecesAndHowTextIsPrepared) {
  const auto model = parse(kPiece + piece("ab", 1) + piece("<0x0A>", 6) + kBpe +
                           bytes_field(3, number_field(3, 0) + number_field(4, 0)));
  ASSERT_EQ(model.pieces.size(), 5u);
  EXPECT_EQ(model.pieces[3].text, "ab");
  EXPECT_EQ(model.pieces[3].type, PieceType::kNormal);
  EXPECT_EQ(model.pieces[4].type, PieceType::kByte);
  EXPECT_FALSE(model.add_dummy_prefix);
  EXPECT_FALSE(model.remove_extra_whitespaces);
  EXPECT_EQ(model.unk_id, 0);
  EXPECT_EQ(model.bos_id, 1);
  EXPECT_EQ(model.eos_id, 2);
}

TEST(ParseSentencePieceModel, PreparesTextWhereTheFileIsSilent) {
  const auto model = parse(kPiece + kBpe);
  EXPECT_TRUE(model.add_dummy_prefix);
  EXPECT_TRUE(model.remove_extra_whitespaces);
}

TEST(ParseSentencePieceModel, SkipsWhatItDoesNotKnow) {
  const std::string unknown = number_field(30, 5) + std::string(
                                                        "\x35"
                                                        "1234"
                                                        "\x39"
                                                        "12345678");
  EXPECT_EQ(parse(kPiece + kBpe + bytes_field(4, "test") + unknown).pieces.size(), 3u);
}

TEST(ParseSentencePieceModel, RefusesPiecesThatCannotBe) {
  EXPECT_EQ(parse_error(kBpe), "m.model: pieces: expected a vocabulary, found none");
  EXPECT_THAT(parse_error(kPiece + kPiece + kBpe), HasSubstr("piece 3: expected a new piece"));
  EXPECT_THAT(parse_error(kPiece + piece("", 1) + kBpe), HasSubstr("piece 3: expected some text"));
  EXPECT_THAT(parse_error(kPiece + piece("\xff", 1) + kBpe), HasSubstr("expected UTF-8"));
  EXPECT_THAT(parse_error(kPiece + piece("x", 6) + kBpe), HasSubstr("a byte such as <0x0A>"));
  EXPECT_THAT(parse_error(kPiece + piece("x", 9) + kBpe), HasSubstr("a type from 1 to 6, found 9"));
  EXPECT_EQ(parse_error(piece("u", 2) + kBpe),
            "m.model: trainer_spec.bos_id: expected an id below 1, found 1");
}

TEST(SentencePieceModelBytes, ReadBackAsTheyWere) {
  SentencePieceModel model;
  model.pieces = {{"<unk>", PieceType::kUnknown}, {"<s>", PieceType::kControl},
                  {"</s>", PieceType::kControl},  {"<0x0A>", PieceType::kByte},
                  {"ab", PieceType::kNormal},     {"<x>", PieceType::kUserDefined}};
  model.remove_extra_whitespaces = false;
  const auto again = parse(sentencepiece_model_bytes(model));
  ASSERT_EQ(again.pieces.size(), model.pieces.size());
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    EXPECT_EQ(again.pieces[i].text, model.pieces[i].text);
    EXPECT_EQ(again.pieces[i].type, model.pieces[i].type);
  }
  EXPECT_TRUE(again.add_dummy_prefix);
  EXPECT_FALSE(again.remove_extra_whitespaces);
}

TEST(ParseSentencePieceModel, RefusesModelsThatRewriteText) {
  EXPECT_EQ(parse_error(kPiece + bytes_field(3, bytes_field(2, "map"))),
            "m.model: normalizer_spec.precompiled_charsmap: expected none (identity), "
            "found 3 bytes");
  EXPECT_THAT(parse_error(kPiece + bytes_field(3, number_field(5, 0))),
              HasSubstr("normalizer_spec.escape_whitespaces: expected true, found false"));
  EXPECT_THAT(parse_error(kPiece + kBpe + bytes_field(2, number_field(24, 1))),
              HasSubstr("trainer_spec.treat_whitespace_as_suffix: expected false, found true"));
}

TEST(ParseSentencePieceModel, RefusesModelsThatAreNotBpe) {
  EXPECT_EQ(parse_error(kPiece), "m.model: trainer_spec.model_type: expected 2 (BPE), found 1");
  EXPECT_THAT(parse_error(kPiece + bytes_field(2, number_field(3, 4))), HasSubstr("found 4"));
}

TEST(ParseSentencePieceModel, RefusesMalformedBytes) {
  EXPECT_EQ(parse_error(kPiece + "\x0a"),
            "m.model: byte " + std::to_string(kPiece.size() + 1) +
                ": expected a SentencePiece model, found the end of the data");
  EXPECT_THAT(parse_error(kPiece + "\x0a\x7fxx"), HasSubstr("found the end of the data"));
  EXPECT_THAT(parse_error(kPiece + "\x0b"), HasSubstr("found a field of wire type 3"));
  EXPECT_THAT(parse_error(std::string(11, '\xff')), HasSubstr("more than ten bytes"));
}

}  // namespace
}  // namespace tess2::text
