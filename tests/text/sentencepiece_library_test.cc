// Our tokenizers against SentencePiece's own library, which this program can link because LibTorch
// is not in it.
#include <gtest/gtest.h>
#include <sentencepiece_processor.h>

#include "core/random.h"
#include "text/text_test_support.h"

namespace tess2::text {
namespace {

TEST(SentencePieceLibrary, ReadsOurModelsAndCutsTextAlike) {
  const TemporaryFolder folder;
  make_small_tokenizer(folder.path());
  const auto ours = load_tokenizer(folder.path());
  sentencepiece::SentencePieceProcessor library;
  ASSERT_TRUE(library.LoadFromSerializedProto(folder.read("tokenizer.model")).ok());
  ASSERT_EQ(library.GetPieceSize(), ours->vocab_size());
  EXPECT_EQ(library.bos_id(), ours->bos());
  EXPECT_EQ(library.eos_id(), ours->eos());

  constexpr std::string_view kAlphabet = "aeothncs drlmgu 12.\n\xc3\xa9";
  Rng rng(3, Stream::kSynthetic);
  for (int i = 0; i < 500; ++i) {
    std::string text = "t";  // the library adds a space in front of another one, ours does not
    for (std::uint64_t n = rng.below(40); n > 0; --n) text += kAlphabet[rng.below(20)];
    std::vector<int> expected;
    ASSERT_TRUE(library.Encode(text, &expected).ok());
    EXPECT_EQ(ours->encode(text), expected) << text;
  }
}

}  // namespace
}  // namespace tess2::text
