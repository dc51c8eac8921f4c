#include "data/documents.h"

#include <gmock/gmock.h>

#include "core/file.h"
#include "data/examples.h"
#include "data/fixtures.h"
#include "support/shared_data.h"

namespace tess2::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Documents : public FolderTest {
 protected:
  /// The rows of a file, decoded.
  std::vector<std::string> rows_of(const std::filesystem::path& file, std::size_t length) const {
    std::vector<std::string> rows;
    const auto encoder = std::make_shared<DocumentEncoder>(tokenizer_, length);
    for (const Example& row : read_examples({{file}, {}}, encoder, test_reading())) {
      EXPECT_EQ(row.ids.size(), length);
      EXPECT_EQ(row.split, 0u);
      rows.push_back(tokenizer_.decode(row.ids));
    }
    return rows;
  }

  const ByteTokenizer tokenizer_;
};

TEST_F(Documents, AreTheTextFieldOfEachLine) {
  const std::string lines = "{\"text\": \"a\\nb\"}\n{\"id\": 1, \"text\": \"cde\"}\n";
  for (const auto& file : {write("a.jsonl", lines), write_gzip("a.jsonl.gz", lines),
                           write_zstd("a.json.zst", lines)}) {
    EXPECT_THAT(rows_of(file, 5), ElementsAre("<s>a\nb</s>", "<s>cde</s>"));
  }
}

TEST_F(Documents, MayBeDialoguesInTheirOwnForm) {
  const auto file = write("a.jsonl",
                          "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}, "
                          "{\"role\": \"assistant\", \"content\": \"ho\"}]}\n"
                          "{\"text\": \"t\", \"messages\": []}\n"
                          "{\"messages\": [{\"role\": \"user\", \"content\": \"why\"}]}\n");
  const std::string dialogue = "<s><|user|>\nhi\n<|assistant|>\nho</s>";
  const std::string question = "<s><|user|>\nwhy\n</s>";
  const std::size_t length = dialogue.size() - 5 + 3 + question.size() - 5;
  EXPECT_THAT(rows_of(file, length), ElementsAre(dialogue + "<s>t</s>" + question));
}

TEST_F(Documents, ABadDialogueIsNamedWithFileAndLine) {
  const auto file = write("a.jsonl", "{\"messages\": [{\"role\": \"user\"}]}\n");
  EXPECT_THAT(error_of([&] { rows_of(file, 2); }), HasSubstr(file.string() + ": line 1: messages"));
}

TEST_F(Documents, ATextFileIsOneDocument) {
  EXPECT_THAT(rows_of(write("a.txt", "one\n\ntwo\n"), 11), ElementsAre("<s>one\n\ntwo\n</s>"));
  EXPECT_THAT(rows_of(write_gzip("a.txt.gz", "one\n"), 6), ElementsAre("<s>one\n</s>"));
}

TEST_F(Documents, APieceOfATextGoesOnWithoutMarks) {
  const DocumentEncoder encoder(tokenizer_, 8);
  Record record{InputKind::kText, "ab\n", {}, {}, {}, true, false};
  EXPECT_EQ(tokenizer_.decode(encoder.encode(record).examples.at(0).ids), "<s>ab\n");
  record.begins = false;
  EXPECT_EQ(tokenizer_.decode(encoder.encode(record).examples.at(0).ids), "ab\n");
  record.ends = true;
  EXPECT_EQ(tokenizer_.decode(encoder.encode(record).examples.at(0).ids), "ab\n</s>");
}

TEST_F(Documents, ABadRecordIsNamedWithFileAndLine) {
  const auto file = write("a.jsonl", "{\"text\": \"one\"}\n{\"txt\": \"two\"}\n");
  EXPECT_EQ(error_of([&] { rows_of(file, 2); }),
            file.string() + ": line 2: text: expected a string, found nothing");
  EXPECT_THAT(error_of([&] { rows_of(write("b.txt", ""), 2); }), HasSubstr("an empty file"));
  EXPECT_THROW(rows_of(write("a.csv", "x"), 2), UsageError);
}

TEST_F(Documents, ArePackedAndTheTailIsDropped) {
  const auto file = write("a.jsonl", "{\"text\": \"abc\"}\n{\"text\": \"de\"}\n");
  EXPECT_THAT(rows_of(file, 4), ElementsAre("<s>abc", "</s><s>de"));
}

TEST_F(Documents, AFileThatFillsNoRowIsRefused) {
  const auto file = write("a.txt", "abc");
  EXPECT_EQ(rows_of(file, 6).size(), 1u);
  EXPECT_THAT(error_of([&] { rows_of(file, 7); }),
              HasSubstr("a.txt: expected at least one row of 7 ids, found none"));
  EXPECT_THROW(rows_of(file, 0), UsageError);
}

// golden/adapt_stories260K: the reference counted 31,211 rows.
TEST_F(Documents, ThePackedSharedStoriesAreThoseOfTheReference) {
  TESS2_SHARED_OR_SKIP(stories, "data/stories/train.jsonl.gz");
  TESS2_SHARED_OR_SKIP(model, "models/stories260K/tokenizer.model");
  const auto tokenizer = text::load_tokenizer(model.parent_path());
  const auto encoder = std::make_shared<DocumentEncoder>(*tokenizer, 128);
  EXPECT_EQ(read_examples({{stories}, {}}, encoder, test_reading()).size(), 31211u);
}

// A text larger than a piece has the tokens that it would have in one.
TEST_F(Documents, PiecesOfALargeTextHaveTheTokensOfTheWhole) {
  TESS2_SHARED_OR_SKIP(text, "data/text/tinyshakespeare.txt");
  TESS2_SHARED_OR_SKIP(model, "models/mistral_v1_tokenizer/tokenizer.model");
  const auto tokenizer = text::load_tokenizer(model.parent_path());
  const std::string whole = read_text_file(text);
  ASSERT_GT(whole.size(), kTextPiece);
  const auto expected = tokenizer->encode(whole);
  const auto encoder = std::make_shared<DocumentEncoder>(*tokenizer, expected.size() + 2);
  const auto rows = read_examples({{text}, {}}, encoder, test_reading());
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), rows[0].ids.begin() + 1));
}

}  // namespace
}  // namespace tess2::data
