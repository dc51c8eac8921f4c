// adapter_config.json: what is accepted must come back the same after writing.
#include <string>

#include "fuzz.h"
#include "model/adapter_config.h"

using namespace tess2;

std::vector<std::string> fuzz_seeds() {
  return {R"({"peft_type": "LORA", "r": 8})",
          R"({"peft_type": "LORA", "r": 2, "lora_alpha": 4, "lora_dropout": 0.05, "bias": "none",)"
          R"( "target_modules": ["q_proj", "v_proj"], "modules_to_save": ["score"],)"
          R"( "base_model_name_or_path": "../base", "task_type": "CAUSAL_LM"})",
          R"({"peft_type": "LORA", "r": 1, "lora_alpha": 1.5, "use_rslora": true,)"
          R"( "target_modules": ".*q_proj", "layers_to_transform": [1], "use_dora": false,)"
          R"( "rank_pattern": {}, "fan_in_fan_out": false, "auto_mapping": null})"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::allow_errors([&] {
    const auto text = fuzz::as_text(data, size);
    const auto lora = model::parse_adapter_config(text, "adapter_config.json").lora;
    const std::string written = model::adapter_config_text(lora, model::ModelKind::kReward);
    const auto again = model::parse_adapter_config(written, "written adapter_config.json").lora;
    fuzz::require(model::adapter_config_text(again, model::ModelKind::kReward) == written,
                  "writing keeps what was read");
  });
  return 0;
}
