// tokenizer_config.json and added_tokens.json: the input is the two texts with a NUL between them.
#include <optional>

#include "fuzz.h"
#include "text/tokenizer_config.h"

using namespace tess2;

std::vector<std::string> fuzz_seeds() {
  using namespace std::string_literals;
  return {"{\"bos_token\": \"<s>\", \"pad_token\": {\"content\": \"[PAD]\"}}\0{\"[PAD]\": 32000}"s,
          "{\"added_tokens_decoder\": {\"0\": {\"content\": \"<unk>\", \"lstrip\": false}}}\0{}"s,
          "{}"s, "\0{\"a\": 1, \"b\": 2}"s};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(fuzz::as_text(data, size));
  const std::size_t cut = input.find('\0');
  text::ConfigTexts texts{input.substr(0, cut), std::nullopt};
  if (cut != std::string::npos) texts.added = input.substr(cut + 1);
  fuzz::allow_errors([&] {
    const auto config = text::parse_tokenizer_config("folder", texts);
    for (std::size_t i = 1; i < config.added.size(); ++i) {
      fuzz::require(config.added[i - 1].id < config.added[i].id, "added tokens are in order");
    }
    const text::TokenId id = config.added.empty() ? 0 : config.added.back().id;
    text::with_pad_token("folder", texts, "[NEW]", id);
  });
  return 0;
}
