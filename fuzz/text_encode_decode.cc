// Encoding and decoding of arbitrary bytes.
#include <filesystem>

#include "fuzz.h"
#include "text/tokenizer.h"
#include "text/train_tokenizer.h"
#include "text/utf8.h"

using namespace tess2;

namespace {

std::unique_ptr<text::Tokenizer> make_tokenizer() {
  const auto folder = fuzz::scratch_folder();
  text::train_tokenizer({"the cat sat on the mat"}, {.vocab_size = 280, .symbols = {}}, folder);
  text::copy_tokenizer_with_pad(folder, folder);
  auto tokenizer = text::load_tokenizer(folder);
  std::filesystem::remove_all(folder);
  return tokenizer;
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {"the cat sat", "<s>the cat</s>\n[PAD]", " \xe2\x96\x81 \xf0\x9f\x98\x80 \xe6\xbc\xa2"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto tokenizer = make_tokenizer();
  const auto input = fuzz::as_text(data, size);
  const auto ids = tokenizer->encode(input);
  const std::string once = tokenizer->decode(ids);
  fuzz::require(text::is_utf8(once), "decoded text is UTF-8");
  // Any bytes, read as ids, decode too.
  std::vector<text::TokenId> any(data, data + size);
  fuzz::require(text::is_utf8(tokenizer->decode(any)), "any ids decode to UTF-8");
  return 0;
}
