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

// A control piece, which is left as it is, and what says that the model is BPE.
const std::string kPiece = bytes_field(1, bytes_field(1, "a") + number_field(3, 3));
const std::string kBpe = bytes_field(2, number_field(3, 2));

SentencePieceModel prepare(const std::string& bytes) {
  return prepare_sentencepiece_model("m.model", bytes);
}

std::string prepare_error(const std::string& bytes) {
  return error_of<FormatError>([&] { prepare(bytes); });
}

TEST(PrepareSentencePieceModel, TakesOverThePrefixWhereSpacesAreKept) {
  const std::string keeps = kPiece + kBpe + bytes_field(3, number_field(3, 1) + number_field(4, 0));
  const auto model = prepare(keeps);
  EXPECT_TRUE(model.adds_prefix);
  EXPECT_TRUE(model.strips_prefix);
  EXPECT_EQ(model.bytes, keeps + bytes_field(3, number_field(3, 0)));
}

TEST(PrepareSentencePieceModel, LeavesThePrefixToModelsThatSqueezeSpaces) {
  const auto model = prepare(kPiece + kBpe);  // both options are on where the file is silent
  EXPECT_FALSE(model.adds_prefix);
  EXPECT_TRUE(model.strips_prefix);
  EXPECT_EQ(model.bytes, kPiece + kBpe);
}

TEST(PrepareSentencePieceModel, RespectsAModelWithoutPrefix) {
  const auto model =
      prepare(kPiece + kBpe + bytes_field(3, number_field(3, 0) + number_field(4, 0)));
  EXPECT_FALSE(model.adds_prefix);
  EXPECT_FALSE(model.strips_prefix);
}

TEST(PrepareSentencePieceModel, LeavesOutTheSelfTestAndSkipsWhatItDoesNotKnow) {
  const std::string unknown = number_field(30, 5) + std::string(
                                                        "\x35"
                                                        "1234"
                                                        "\x39"
                                                        "12345678");
  EXPECT_EQ(prepare(kPiece + kBpe + bytes_field(4, "test") + unknown).bytes,
            kPiece + kBpe + unknown);
}

TEST(PrepareSentencePieceModel, RefusesModelsThatRewriteText) {
  EXPECT_EQ(prepare_error(kPiece + bytes_field(3, bytes_field(2, "map"))),
            "m.model: normalizer_spec.precompiled_charsmap: expected none (identity), "
            "found 3 bytes");
  EXPECT_THAT(prepare_error(kPiece + bytes_field(3, number_field(5, 0))),
              HasSubstr("normalizer_spec.escape_whitespaces: expected true, found false"));
  EXPECT_THAT(prepare_error(kPiece + kBpe + bytes_field(2, number_field(24, 1))),
              HasSubstr("trainer_spec.treat_whitespace_as_suffix: expected false, found true"));
}

TEST(PrepareSentencePieceModel, RanksPiecesByIdWhateverTheirScore) {
  const std::string minus_one("\x15\x00\x00\x80\xbf", 5);
  const std::string late("\x15\x28\x6b\x6e\xce", 5);  // -1e9
  const std::string normal = bytes_field(1, "aa") + late;
  EXPECT_EQ(prepare(kPiece + bytes_field(1, normal) + kBpe).bytes,
            kPiece + bytes_field(1, normal + minus_one) + kBpe);
}

TEST(PrepareSentencePieceModel, RefusesModelsThatAreNotBpe) {
  EXPECT_EQ(prepare_error(kPiece), "m.model: trainer_spec.model_type: expected 2 (BPE), found 1");
  EXPECT_THAT(prepare_error(kPiece + bytes_field(2, number_field(3, 4))), HasSubstr("found 4"));
}

TEST(PrepareSentencePieceModel, RefusesMalformedBytes) {
  EXPECT_EQ(prepare_error(kPiece + "\x0a"),
            "m.model: byte 8: expected a SentencePiece model, found the end of the data");
  EXPECT_THAT(prepare_error(kPiece + "\x0a\x7fxx"), HasSubstr("found the end of the data"));
  EXPECT_THAT(prepare_error(kPiece + "\x0b"), HasSubstr("found a field of wire type 3"));
  EXPECT_THAT(prepare_error(std::string(11, '\xff')), HasSubstr("more than ten bytes"));
}

}  // namespace
}  // namespace tess2::text
