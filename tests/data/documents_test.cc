#include "data/documents.h"

#include <gmock/gmock.h>

#include "data/fixtures.h"
#include "support/shared_data.h"

namespace tess2::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Documents : public FolderTest {};

TEST_F(Documents, ReadsTheTextFieldOfEachLine) {
  const std::string lines = "{\"text\": \"one\\ntwo\"}\n{\"id\": 1, \"text\": \"three\"}\n";
  EXPECT_THAT(read_documents(write("a.jsonl", lines)), ElementsAre("one\ntwo", "three"));
  EXPECT_THAT(read_documents(write_gzip("a.jsonl.gz", lines)), ElementsAre("one\ntwo", "three"));
}

TEST_F(Documents, TakesATextFileAsOneDocument) {
  EXPECT_THAT(read_documents(write("a.txt", "one\n\ntwo\n")), ElementsAre("one\n\ntwo\n"));
  EXPECT_THAT(read_documents(write_gzip("a.txt.gz", "one\n")), ElementsAre("one\n"));
}

TEST_F(Documents, NamesFileAndLineOfABadRecord) {
  const auto file = write("a.jsonl", "{\"text\": \"one\"}\n{\"txt\": \"two\"}\n");
  EXPECT_EQ(error_of([&] { read_documents(file); }),
            file.string() + ": line 2: text: expected a string, found nothing");
  EXPECT_THAT(error_of([&] { read_documents(write("b.txt", "")); }), HasSubstr("an empty file"));
  EXPECT_THROW(read_documents(write("a.csv", "x")), UsageError);
}

TEST_F(Documents, PacksRowsAndDropsTheTail) {
  const ByteTokenizer tokenizer;
  DocumentPacker packer(tokenizer, 4);
  packer.add("abc");
  packer.add("de");
  const TokenRows rows = std::move(packer).finish();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows.length(), 4u);
  EXPECT_EQ(tokenizer.decode(rows[0]), "<s>abc");
  EXPECT_EQ(tokenizer.decode(rows[1]), "</s><s>de");
}

TEST_F(Documents, RefusesAFileThatFillsNoRow) {
  const ByteTokenizer tokenizer;
  const auto file = write("a.txt", "abc");
  EXPECT_EQ(pack_documents(file, tokenizer, 6).size(), 1u);
  EXPECT_THAT(error_of([&] { pack_documents(file, tokenizer, 7); }),
              HasSubstr("expected at least one row of 7 ids"));
  EXPECT_THROW(pack_documents(file, tokenizer, 0), UsageError);
  EXPECT_THROW(TokenRows({1, 2, 3}, 2), UsageError);
}

// golden/adapt_stories260K: the reference counted 31,211 rows.
TEST_F(Documents, PacksTheSharedStoriesAsTheReferenceDid) {
  TESS2_SHARED_OR_SKIP(stories, "data/stories/train.jsonl.gz");
  TESS2_SHARED_OR_SKIP(model, "models/stories260K/tokenizer.model");
  const auto tokenizer = text::load_tokenizer(model.parent_path());
  EXPECT_EQ(pack_documents(stories, *tokenizer, 128).size(), 31211u);
}

}  // namespace
}  // namespace tess2::data
