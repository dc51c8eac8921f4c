// The bytes of a tokenizer.model, and what a model that loads does with a text.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz.h"
#include "text/sentencepiece_tokenizer.h"
#include "text/train_tokenizer.h"

using namespace tess2;

std::vector<std::string> fuzz_seeds() {
  const auto folder = fuzz::scratch_folder();
  text::train_tokenizer({"a b aa bb"}, {.vocab_size = 266, .symbols = {"<x>"}}, folder);
  std::ifstream in(folder / "tokenizer.model", std::ios::binary);
  std::string model{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  std::filesystem::remove_all(folder);
  return {std::move(model)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::allow_errors([&] {
    const auto tokenizer =
        text::make_sentencepiece_tokenizer("tokenizer.model", fuzz::as_text(data, size), {});
    const auto ids = tokenizer->encode("aa b<x>\n<s>\xe6\xbc\xa2 bb");
    fuzz::require(tokenizer->decode(ids).size() < 1 << 20, "a short text stays short");
  });
  return 0;
}
