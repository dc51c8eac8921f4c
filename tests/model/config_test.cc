#include "model/config.h"

#include <gtest/gtest.h>

#include <string>

#include "core/error.h"
#include "core/file.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

namespace tess2::model {
namespace {

using test_support::error_of;
using test_support::TemporaryFolder;

const std::string kSizes =
    R"("vocab_size": 96, "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 3, )"
    R"("num_attention_heads": 4)";

/// A configuration with `more` keys after the sizes.
std::string with(const std::string& more, const std::string& model_type = "llama") {
  return "{\"model_type\": \"" + model_type + "\", " + kSizes + (more.empty() ? "" : ", ") + more +
         "}";
}

Config parse(const std::string& text) {
  return parse_config(text, "config.json");
}

std::string complaint(const std::string& text) {
  return error_of([&] { parse(text); });
}

TEST(Config, SizesAloneGiveTheDefaults) {
  const Config config = parse(with(""));
  EXPECT_EQ(config.architecture, Architecture::kLlama);
  EXPECT_EQ(config.kind, ModelKind::kCausal);
  EXPECT_EQ(config.vocab_size, 96);
  EXPECT_EQ(config.hidden_size, 64);
  EXPECT_EQ(config.intermediate_size, 160);
  EXPECT_EQ(config.num_hidden_layers, 3);
  EXPECT_EQ(config.num_attention_heads, 4);
  EXPECT_EQ(config.num_key_value_heads, 4);
  EXPECT_EQ(config.head_dim, 16);
  EXPECT_EQ(config.rope_theta, 10000.0);
  EXPECT_EQ(config.rms_norm_eps, 1e-6);
  EXPECT_EQ(config.sliding_window, std::nullopt);
  EXPECT_EQ(config.pad_token_id, std::nullopt);
  EXPECT_FALSE(config.tie_word_embeddings);
  EXPECT_FALSE(config.self_condition);
}

TEST(Config, BothPlacesOfTheRotaryBaseAreRead) {
  EXPECT_EQ(parse(with(R"("rope_theta": 5e5)")).rope_theta, 5e5);
  EXPECT_EQ(parse(with(R"("rope_parameters": {"rope_theta": 1000000, "rope_type": "default"})"))
                .rope_theta,
            1e6);
}

TEST(Config, TheRotaryBaseIsWrittenWhereItWasRead) {
  Config older = parse(with(R"("rope_theta": 10000.0)"));
  older.rope_theta = 500.0;
  EXPECT_NE(config_text(older).find("\"rope_theta\": 500.0"), std::string::npos);
  EXPECT_EQ(config_text(older).find("rope_parameters"), std::string::npos);
  Config newer = parse(with(R"("rope_parameters": {"rope_theta": 7.0, "rope_type": "default"})"));
  newer.rope_theta = 500.0;
  const Config again = parse(config_text(newer));
  EXPECT_EQ(again.rope_theta, 500.0);
  EXPECT_EQ(config_text(newer).find("rope_theta"), config_text(newer).rfind("rope_theta"));
}

TEST(Config, HeadsMayHaveASizeOfTheirOwn) {
  const Config config = parse(with(R"("head_dim": 24, "num_key_value_heads": 2)"));
  EXPECT_EQ(config.head_dim, 24);
  EXPECT_EQ(config.num_key_value_heads, 2);
  EXPECT_EQ(parse(config_text(config)).head_dim, 24);
}

TEST(Config, TheSlidingWindowIsMistrals) {
  EXPECT_EQ(parse(with("", "mistral")).sliding_window, 4096);
  EXPECT_EQ(parse(with(R"("sliding_window": null)", "mistral")).sliding_window, std::nullopt);
  EXPECT_EQ(parse(with(R"("sliding_window": 8)", "mistral")).sliding_window, 8);
  EXPECT_EQ(complaint(with(R"("sliding_window": 8)")),
            "config.json: sliding_window: expected null, found 8");
  Config none = parse(with(R"("sliding_window": 8)", "mistral"));
  none.sliding_window.reset();
  EXPECT_EQ(parse(config_text(none)).sliding_window, std::nullopt);
}

TEST(Config, TokenIdsMayBeAbsentOrListed) {
  const Config config = parse(with(
      R"("bos_token_id": 1, "eos_token_id": [2, 3], "pad_token_id": null, "dtype": "float16")"));
  EXPECT_EQ(config.bos_token_id, 1);
  EXPECT_EQ(config.eos_token_id, 2);
  EXPECT_EQ(config.pad_token_id, std::nullopt);
  EXPECT_EQ(config.dtype, "float16");
  EXPECT_EQ(parse(with(R"("pad_token_id": -1)")).pad_token_id, std::nullopt);
}

TEST(Config, TheClassNameSaysTheKind) {
  const auto kind = [](const std::string& name) {
    return parse(with("\"architectures\": [\"" + name + "\"]")).kind;
  };
  EXPECT_EQ(kind("MistralForDiffusionLM"), ModelKind::kDiffusion);
  EXPECT_EQ(kind("LlamaForSequenceClassification"), ModelKind::kReward);
  EXPECT_EQ(kind("LlamaForCausalLM"), ModelKind::kCausal);
}

TEST(Config, DiffusionKeysAreRead) {
  const Config config = parse(
      with(R"("self_condition": "logits_mean", "self_condition_mix_before_weights": true, )"
           R"("is_causal": true, "mask_padding_in_loss": true, "disable_timestep_embed": true)"));
  EXPECT_TRUE(config.self_condition);
  EXPECT_TRUE(config.is_causal);
  EXPECT_TRUE(config.mask_padding_in_loss);
  EXPECT_TRUE(config.disable_timestep_embed);
  EXPECT_TRUE(config.label_shift);
}

TEST(Config, WritingKeepsUnknownKeysAndTheirOrder) {
  Config config = parse(with(R"("zebra": {"a": [1, null]}, "apple": "x")"));
  config.vocab_size = 97;
  const std::string text = config_text(config);
  EXPECT_LT(text.find("\"vocab_size\": 97"), text.find("\"zebra\""));
  EXPECT_LT(text.find("\"zebra\""), text.find("\"apple\": \"x\""));
  EXPECT_EQ(parse(text).vocab_size, 97);
}

TEST(Config, EveryFieldComesBack) {
  Config config = parse(with("", "mistral"));
  config.document.clear();
  config.kind = ModelKind::kDiffusion;
  config.num_key_value_heads = 2;
  config.head_dim = 10;
  config.max_position_embeddings = 77;
  config.rms_norm_eps = 1e-5;
  config.rope_theta = 1234.5;
  config.sliding_window = 12;
  config.tie_word_embeddings = true;
  config.initializer_range = 0.03;
  config.bos_token_id = 1;
  config.eos_token_id = 2;
  config.pad_token_id = 3;
  config.dtype = "bfloat16";
  config.self_condition = config.is_causal = config.mask_padding_in_loss = true;
  config.canvas_length = 112;
  config.label_shift = false;
  config.level_shares = {0.25, 0.5, 0.25};
  config.disable_timestep_embed = true;
  const Config again = parse(config_text(config));
  EXPECT_EQ(config_text(again), config_text(config));
  EXPECT_EQ(again.kind, ModelKind::kDiffusion);
  EXPECT_EQ(again.head_dim, 10);
  EXPECT_EQ(again.sliding_window, 12);
  EXPECT_EQ(again.initializer_range, 0.03);
  EXPECT_EQ(again.pad_token_id, 3);
  EXPECT_EQ(again.dtype, "bfloat16");
  EXPECT_EQ(again.canvas_length, 112);
  EXPECT_FALSE(again.label_shift);
  EXPECT_EQ(again.level_shares, config.level_shares);
  EXPECT_TRUE(again.self_condition && again.is_causal && again.mask_padding_in_loss &&
              again.disable_timestep_embed && again.tie_word_embeddings);
}

struct BadConfig {
  std::string name;
  std::string text;
  std::string complaint;
};

class RefusedConfig : public ::testing::TestWithParam<BadConfig> {};

TEST_P(RefusedConfig, NamesTheKeyAndBothValues) {
  EXPECT_EQ(complaint(GetParam().text), "config.json: " + GetParam().complaint);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RefusedConfig,
    ::testing::Values(
        BadConfig{"Syntax", "{\"a\": ", "expected a JSON object, found malformed JSON at byte 7"},
        BadConfig{"NotAnObject", "[]", "expected a JSON object, found []"},
        BadConfig{"Nested", with("\"x\": " + std::string(9000, '[')),
                  "expected at most 32 nested values, found more"},
        BadConfig{"KeyTwice", with(R"("vocab_size": 3)"),
                  "vocab_size: expected one value, found the key given twice"},
        BadConfig{"NoModelType", "{" + kSizes + "}",
                  "model_type: expected mistral or llama, found none"},
        BadConfig{"OtherModel", with("", "gemma"),
                  "model_type: expected mistral or llama, found \"gemma\""},
        BadConfig{"NoSize", R"({"model_type": "llama"})",
                  "vocab_size: expected a whole number, found none"},
        BadConfig{"SizeIsText", R"({"model_type": "llama", "vocab_size": "96"})",
                  "vocab_size: expected a whole number, found \"96\""},
        BadConfig{"SizeIsReal", R"({"model_type": "llama", "vocab_size": 96.5})",
                  "vocab_size: expected a whole number, found 96.5"},
        BadConfig{"HugeSize", with(R"("head_dim": 18446744073709551615)"),
                  "head_dim: expected a whole number, found 18446744073709551615"},
        BadConfig{"NegativeSize", with(R"("head_dim": -2)"),
                  "head_dim: expected a number from 1 to 2^31 - 1, found -2"},
        BadConfig{"NegativeCanvas", with(R"("canvas_length": -3)"),
                  "canvas_length: expected a number from 1 to 2^31 - 1, found -3"},
        BadConfig{"NegativeShare", with(R"("level_shares": [1.5, -0.5])"),
                  "level_shares: expected a list of numbers from 0 to 1, 1000 at most, found "
                  "[1.5,-0.5]"},
        BadConfig{"SharesOfMore", with(R"("level_shares": [0.5, 0.75])"),
                  "level_shares: expected a sum of 1, found [0.5,0.75]"},
        BadConfig{"OddHead", with(R"("head_dim": 15)"),
                  "head_dim: expected an even number (rotary embedding), found 15"},
        BadConfig{"ManyKeyHeads", with(R"("num_key_value_heads": 3)"),
                  "num_key_value_heads: expected a divisor of num_attention_heads, which is 4, "
                  "found 3"},
        BadConfig{"Epsilon", with(R"("rms_norm_eps": 0)"),
                  "rms_norm_eps: expected a positive number, found 0.000000"},
        BadConfig{"PadOutside", with(R"("pad_token_id": 96)"),
                  "pad_token_id: expected a token id from 0 to 95, found 96"},
        BadConfig{"NoEos", with(R"("eos_token_id": [])"),
                  "eos_token_id: expected a token id or a list of them, found []"},
        BadConfig{"FlagIsNumber", with(R"("tie_word_embeddings": 1)"),
                  "tie_word_embeddings: expected true or false, found 1"},
        BadConfig{"ScaledRope", with(R"("rope_scaling": {"type": "linear", "factor": 2})"),
                  "rope_scaling: expected null, found {\"type\":\"linear\",\"factor\":2}"},
        BadConfig{"RopeType", with(R"("rope_parameters": {"rope_type": "yarn"})"),
                  "rope_parameters.rope_type: expected \"default\", found \"yarn\""},
        BadConfig{"AttentionBias", with(R"("attention_bias": true)"),
                  "attention_bias: expected false, found true"},
        BadConfig{"MlpBias", with(R"("mlp_bias": true)"), "mlp_bias: expected false, found true"},
        BadConfig{"Activation", with(R"("hidden_act": "gelu")"),
                  "hidden_act: expected \"silu\", found \"gelu\""},
        BadConfig{"Quantized", with(R"("quantization_config": {"bits": 4})"),
                  "quantization_config.quant_method: expected \"tess2\", found none"},
        BadConfig{"QuantizedOtherwise",
                  with(R"("quantization_config": {"quant_method": "gptq", "bits": 4})"),
                  "quantization_config.quant_method: expected \"tess2\", found \"gptq\""},
        BadConfig{"PackedWithoutFormat",
                  with(R"("quantization_config": {"quant_method": "tess2"})"),
                  "quantization_config.format: expected a string, found none"},
        BadConfig{"SelfCondition", with(R"("self_condition": "logits_addition")"),
                  "self_condition: expected \"logits_mean\", found \"logits_addition\""},
        BadConfig{"MixAfter",
                  with(R"("self_condition": "logits_mean", )"
                       R"("self_condition_mix_before_weights": false)"),
                  "self_condition_mix_before_weights: expected true, found false"},
        BadConfig{"Projection", with(R"("self_condition_mlp_projection": true)"),
                  "self_condition_mlp_projection: expected false, found true"},
        BadConfig{"ClassifierFree", with(R"("classifier_free_simplex_inputs": true)"),
                  "classifier_free_simplex_inputs: expected false, found true"}),
    [](const auto& test) { return test.param.name; });

TEST(Config, HiddenSizeMustDivideWhereHeadsHaveNoSize) {
  std::string text = with("");
  text.replace(text.find("64"), 2, "66");
  EXPECT_EQ(complaint(text),
            "config.json: hidden_size: expected a multiple of num_attention_heads, which is 4, "
            "found 66");
}

TEST(Config, AFileIsWrittenAndRead) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "config.json";
  EXPECT_THROW(read_config(file), FileError);
  write_config(parse(with(R"("bos_token_id": 5)")), file);
  EXPECT_EQ(read_config(file).bos_token_id, 5);
}

TEST(Config, TheReferencesFilesAreRead) {
  TESS2_SHARED_OR_SKIP(diffusion, "golden/mistral_small/diffusion/config.json");
  const Config config = read_config(diffusion);
  EXPECT_EQ(config.architecture, Architecture::kMistral);
  EXPECT_EQ(config.kind, ModelKind::kDiffusion);
  EXPECT_TRUE(config.self_condition);
  EXPECT_EQ(config.pad_token_id, config.vocab_size - 1);
  EXPECT_EQ(parse(config_text(config)).num_key_value_heads, config.num_key_value_heads);
}

}  // namespace
}  // namespace tess2::model
