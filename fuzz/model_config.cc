// config.json: what is accepted must come back the same after writing.
#include <string>

#include "fuzz.h"
#include "model/config.h"

using namespace tess2;

std::vector<std::string> fuzz_seeds() {
  const std::string sizes =
      R"("vocab_size": 9, "hidden_size": 8, "intermediate_size": 7, "num_hidden_layers": 1, )"
      R"("num_attention_heads": 4)";
  return {"{\"model_type\": \"llama\", " + sizes + "}",
          "{\"model_type\": \"mistral\", " + sizes +
              R"(, "head_dim": 6, "num_key_value_heads": 2, "sliding_window": null,)"
              R"( "architectures": ["MistralForDiffusionLM"], "self_condition": "logits_mean",)"
              R"( "rope_parameters": {"rope_theta": 1e6, "rope_type": "default"}, "x": [null]})",
          "{\"model_type\": \"llama\", " + sizes +
              R"(, "eos_token_id": [2, 3], "pad_token_id": -1, "rope_theta": 500000})"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::allow_errors([&] {
    const model::Config config = model::parse_config(fuzz::as_text(data, size), "config.json");
    const std::string written = model::config_text(config);
    const model::Config again = model::parse_config(written, "written config.json");
    fuzz::require(model::config_text(again) == written, "writing keeps what was read");
  });
  return 0;
}
