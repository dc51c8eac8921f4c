#include "model/adapter_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "model_test_support.h"
#include "support/random_tensors.h"
#include "support/temporary_folder.h"
#include "tensor/safetensors.h"

namespace tess2::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using tensor::NamedTensor;
using test::small_config;
using test_support::error_of;
using test_support::names_in;
using test_support::random_numbers;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kLayer = "base_model.model.model.layers.0.";

Config padded(ModelKind kind) {
  Config config = small_config(kind);
  config.pad_token_id = 10;
  return config;
}

/// A description as PEFT 0.17 writes it, for `target_modules` q_proj and down_proj.
json description() {
  return json::parse(R"({
    "alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": "base", "bias": "none",
    "corda_config": null, "eva_config": null, "exclude_modules": null, "fan_in_fan_out": false,
    "inference_mode": true, "init_lora_weights": true, "layer_replication": null,
    "layers_pattern": null, "layers_to_transform": null, "loftq_config": {}, "lora_alpha": 4,
    "lora_bias": false, "lora_dropout": 0.05, "megatron_config": null,
    "megatron_core": "megatron.core", "modules_to_save": null, "peft_type": "LORA",
    "qalora_group_size": 16, "r": 2, "rank_pattern": {}, "revision": null,
    "target_modules": ["down_proj", "q_proj"], "target_parameters": null,
    "task_type": "CAUSAL_LM", "trainable_token_indices": null, "use_dora": false,
    "use_qalora": false, "use_rslora": false})");
}

/// A base, and an adapter's folder as PEFT would write it: without config.json and tokenizer.
class AdapterFilesTest : public ::testing::Test {
 protected:
  AdapterFilesTest() {
    save_checkpoint(path("adapter/base"), small_config(ModelKind::kCausal), base_);
    put(kLayer + std::string("self_attn.q_proj.lora_A.weight"), {2, 8});
    put(kLayer + std::string("self_attn.q_proj.lora_B.weight"), {24, 2});
    put(kLayer + std::string("mlp.down_proj.lora_A.weight"), {2, 20});
    put(kLayer + std::string("mlp.down_proj.lora_B.weight"), {8, 2});
  }

  fs::path path(const std::string& name) const { return folder_.path() / name; }

  void put(const std::string& name, at::IntArrayRef shape) {
    tensors_.push_back({name, random_numbers(shape, tensors_.size() + 1)});
  }
  NamedTensor& tensor(const std::string& end) {
    for (auto& entry : tensors_) {
      if (entry.name.ends_with(end)) return entry;
    }
    throw std::logic_error("no tensor " + end);
  }

  void write(std::optional<at::ScalarType> type = std::nullopt) const {
    tensor::write_safetensors(path("adapter/adapter_model.safetensors"), tensors_, {type});
    std::ofstream(path("adapter/adapter_config.json")) << description_.dump(2);
  }
  Checkpoint load(ModelKind kind = ModelKind::kCausal) const {
    return load_checkpoint(path("adapter"), kind);
  }
  /// Why the adapter does not load, from the name of the file on.
  std::string complaint() const {
    write();
    const std::string message = error_of([&] { load(); });
    const auto at = message.find("/adapter/");
    return at == std::string::npos ? message : message.substr(at + 9);
  }

  test_support::TemporaryFolder folder_;
  Weights base_ = make_weights(small_config(ModelKind::kCausal), 3);
  json description_ = description();
  std::vector<NamedTensor> tensors_;
};

TEST_F(AdapterFilesTest, AnAdapterOfPeftIsMergedIntoItsBase) {
  write();
  EXPECT_TRUE(is_adapter(path("adapter")));
  const Checkpoint found = load();
  const Layer& layer = found.weights.backbone.layers[0];
  const Layer& old = base_.backbone.layers[0];
  const auto update = [&](const std::string& map) {
    return 2.0 *
           at::mm(tensor(map + ".lora_B.weight").tensor, tensor(map + ".lora_A.weight").tensor);
  };
  EXPECT_TRUE(at::allclose(layer.q_proj, old.q_proj + update("q_proj"), 1e-6, 1e-6));
  EXPECT_TRUE(at::allclose(layer.down_proj, old.down_proj + update("down_proj"), 1e-6, 1e-6));
  EXPECT_TRUE(layer.k_proj.equal(old.k_proj));
  EXPECT_EQ(found.weights.backbone.adapters, nullptr);
  EXPECT_EQ(check_checkpoint(path("adapter"), ModelKind::kCausal).hidden_size, 8);
}

TEST_F(AdapterFilesTest, HalfPrecisionAndRootScalesAreRead) {
  const at::Tensor a = tensor("q_proj.lora_A.weight").tensor.to(at::kBFloat16).to(at::kFloat);
  const at::Tensor b = tensor("q_proj.lora_B.weight").tensor.to(at::kBFloat16).to(at::kFloat);
  description_["use_rslora"] = true;
  write(at::kBFloat16);
  const at::Tensor expected = base_.backbone.layers[0].q_proj + 4.0 / std::sqrt(2.0) * at::mm(b, a);
  EXPECT_TRUE(at::allclose(load().weights.backbone.layers[0].q_proj, expected, 1e-5, 1e-5));
  write(at::kHalf);
  EXPECT_NO_THROW(load());
}

TEST_F(AdapterFilesTest, WeightsThatAreSavedWholeReplaceTheBases) {
  description_["modules_to_save"] = {"lm_head"};
  EXPECT_EQ(complaint(),
            "adapter_model.safetensors: base_model.model.lm_head.weight: expected a tensor of "
            "shape [11, 8], found none");
  put("base_model.model.lm_head.weight", {11, 8});
  write();
  EXPECT_TRUE(load().weights.lm_head.equal(tensors_.back().tensor));
}

TEST_F(AdapterFilesTest, TheBaseIsBesideTheAdapterOrWhereItsPathLeads) {
  write();
  EXPECT_THAT(adapter_chain(path("adapter")), ElementsAre(path("adapter"), path("adapter/base")));
  EXPECT_EQ(folder_with(path("adapter"), "config.json"), path("adapter/base"));
  EXPECT_EQ(folder_with(path("adapter"), "adapter_config.json"), path("adapter"));
  EXPECT_EQ(folder_with(path("adapter"), "tokenizer.model"), path("adapter"));
  save_checkpoint(path("elsewhere"), small_config(ModelKind::kCausal),
                  make_weights(small_config(ModelKind::kCausal), 4));
  description_["base_model_name_or_path"] = path("elsewhere").string();
  write();
  EXPECT_FALSE(load().weights.backbone.embed.equal(base_.backbone.embed));
  description_["base_model_name_or_path"] = "mistralai/Mistral-7B-v0.1";
  EXPECT_EQ(complaint(),
            "adapter_config.json: base_model_name_or_path: expected the folder of a model, found "
            "mistralai/Mistral-7B-v0.1");
  description_["base_model_name_or_path"] = path("adapter").string();
  EXPECT_THAT(complaint(), HasSubstr("expected a base that is not the adapter itself"));
}

TEST_F(AdapterFilesTest, AnAdapterMayBeTheBaseOfAnother) {
  write();
  fs::create_directories(path("second"));
  for (const char* name : {"adapter_config.json", "adapter_model.safetensors"}) {
    fs::copy_file(path("adapter") / name, path("second") / name);
  }
  json outer = description();
  outer["base_model_name_or_path"] = "../adapter";
  std::ofstream(path("second/adapter_config.json")) << outer;
  const at::Tensor once = load().weights.backbone.layers[0].q_proj;
  const at::Tensor twice =
      load_checkpoint(path("second"), ModelKind::kCausal).weights.backbone.layers[0].q_proj;
  const at::Tensor& none = base_.backbone.layers[0].q_proj;
  EXPECT_TRUE(at::allclose(twice - once, once - none, 1e-4, 1e-5));
}

TEST_F(AdapterFilesTest, TargetsThatAreAPatternAreThoseOfTheFile) {
  description_["target_modules"] = ".*\\.(q_proj|down_proj)";
  write();
  const at::Tensor found = load().weights.backbone.layers[0].q_proj;
  EXPECT_FALSE(found.equal(base_.backbone.layers[0].q_proj));
  description_["target_modules"] = {"down_proj", "q_proj"};
  write();
  EXPECT_TRUE(load().weights.backbone.layers[0].q_proj.equal(found));
}

TEST_F(AdapterFilesTest, WrongTensorsAreNamed) {
  const NamedTensor kept = tensor("q_proj.lora_B.weight");
  tensor("q_proj.lora_B.weight").tensor = random_numbers({23, 2}, 1);
  EXPECT_EQ(complaint(),
            "adapter_model.safetensors: base_model.model.model.layers.0.self_attn.q_proj.lora_B."
            "weight: expected a tensor of shape [24, 2], found [23, 2]");
  tensor("q_proj.lora_B.weight").tensor = at::ones({24, 2}, at::kLong);
  EXPECT_THAT(complaint(), HasSubstr("expected floating-point numbers, found I64"));
  tensor("q_proj.lora_B.weight") = kept;
  description_["r"] = 3;
  EXPECT_THAT(complaint(), HasSubstr("lora_A.weight: expected a tensor of shape [3, 8], found "
                                     "[2, 8]"));
  description_["r"] = 2;
  put(kLayer + std::string("self_attn.k_proj.lora_A.weight"), {2, 8});
  EXPECT_THAT(complaint(),
              HasSubstr("k_proj.lora_A.weight: expected a tensor of this adapter (did you mean"));
  description_["target_modules"].push_back("k_proj");
  EXPECT_THAT(complaint(), HasSubstr("k_proj.lora_B.weight: expected a tensor of shape [12, 2], "
                                     "found none"));
}

TEST_F(AdapterFilesTest, WrongDescriptionsAreNamed) {
  const auto with = [&](const char* key, const json& value) {
    description_ = description();
    description_[key] = value;
    return complaint();
  };
  EXPECT_EQ(with("peft_type", "IA3"),
            "adapter_config.json: peft_type: expected LORA, found \"IA3\"");
  EXPECT_EQ(with("r", 0), "adapter_config.json: r: expected a rank >= 1, found 0");
  EXPECT_EQ(with("r", nullptr), "adapter_config.json: r: expected a rank >= 1, found none");
  EXPECT_EQ(with("lora_alpha", "x"),
            "adapter_config.json: lora_alpha: expected a number, found \"x\"");
  EXPECT_EQ(with("lora_dropout", 1.0),
            "adapter_config.json: lora_dropout: expected 0 to below 1, found 1.0");
  EXPECT_EQ(with("use_dora", true),
            "adapter_config.json: use_dora: expected nothing of this kind, found true");
  EXPECT_EQ(with("bias", "all"),
            "adapter_config.json: bias: expected nothing of this kind, found \"all\"");
  EXPECT_EQ(with("rank_pattern", {{"q_proj", 4}}),
            "adapter_config.json: rank_pattern: expected nothing of this kind, found "
            "{\"q_proj\":4}");
  EXPECT_EQ(with("target_modules", {"c_attn"}),
            "adapter_config.json: target_modules: expected linear maps of the blocks: q_proj, ..., "
            "found [\"c_attn\"]");
  EXPECT_EQ(with("target_modules", 3),
            "adapter_config.json: target_modules: expected a list of texts, found 3");
  EXPECT_THAT(with("base_model_name_or_path", nullptr), HasSubstr("found none"));
}

TEST_F(AdapterFilesTest, AFolderWithWholeWeightsIsNoAdapter) {
  write();
  fs::copy(path("adapter/base"), path("adapter"));
  EXPECT_FALSE(is_adapter(path("adapter")));
  EXPECT_TRUE(load().weights.backbone.layers[0].q_proj.equal(base_.backbone.layers[0].q_proj));
}

/// Adapters on what `start` is, with other numbers than fresh ones.
Adapters changed_adapters(const Checkpoint& start, const fs::path& base,
                          std::vector<std::string> saved) {
  LoraConfig lora;
  lora.rank = 2;
  lora.targets = {"q_proj", "v_proj"};
  lora.modules_to_save = std::move(saved);
  lora.base = base;
  Adapters adapters = make_adapters(start.config, lora, 5);
  std::uint64_t seed = 0;
  for (const WeightSlot& slot : adapter_slots(adapters, start.config)) {
    *slot.tensor = random_numbers(slot.shape, ++seed);
  }
  return adapters;
}

TEST_F(AdapterFilesTest, WhatIsWrittenComesBackOnEachKindOfModel) {
  const Checkpoint causal{small_config(ModelKind::kCausal), base_};
  const std::vector<std::pair<Checkpoint, std::vector<std::string>>> starts{
      {causal, {}},
      {causal_with_pad(causal, 11), {}},
      {diffusion_from_causal(causal, 11, 8), {"timestep_embed"}},
      {reward_from_causal(causal, 11, 8), {"score"}}};
  for (const auto& [start, saved] : starts) {
    Checkpoint trained = start;
    trained.weights.backbone.adapters =
        std::make_shared<Adapters>(changed_adapters(start, path("adapter/base"), saved));
    save_checkpoint(path("out"), trained.config, trained.weights);
    EXPECT_THAT(names_in(path("out")),
                ElementsAre("adapter_config.json", "adapter_model.safetensors", "config.json"));
    const ModelKind kind = start.config.kind;
    EXPECT_EQ(read_model_config(path("out")).kind, kind);
    Checkpoint found = load_checkpoint(path("out"), kind);
    merge_adapters(trained.weights, *trained.weights.backbone.adapters, trained.config);
    const auto expected = weight_slots(trained.weights, trained.config);
    const auto slots = weight_slots(found.weights, found.config);
    ASSERT_EQ(slots.size(), expected.size());
    for (std::size_t i = 0; i < slots.size(); ++i) {
      EXPECT_TRUE(slots[i].tensor->equal(*expected[i].tensor)) << slots[i].name;
    }
  }
}

TEST_F(AdapterFilesTest, TheWrittenDescriptionIsPefts) {
  const Checkpoint causal{small_config(ModelKind::kCausal), base_};
  Checkpoint trained = reward_from_causal(causal, 11, 8);
  trained.weights.backbone.adapters =
      std::make_shared<Adapters>(changed_adapters(trained, "/some/base", {"score"}));
  save_checkpoint(path("out"), trained.config, trained.weights);
  const json written = json::parse(read_text_file(path("out/adapter_config.json")));
  EXPECT_EQ(written["peft_type"], "LORA");
  EXPECT_EQ(written["r"], 2);
  EXPECT_EQ(written["lora_alpha"], 16);
  EXPECT_EQ(written["target_modules"], (json{"q_proj", "v_proj"}));
  EXPECT_EQ(written["modules_to_save"], json{"score"});
  EXPECT_EQ(written["base_model_name_or_path"], "/some/base");
  EXPECT_EQ(written["task_type"], "SEQ_CLS");
  const tensor::SafetensorsFile file(path("out/adapter_model.safetensors"));
  EXPECT_TRUE(file.has("base_model.model.score.weight"));
  EXPECT_TRUE(file.has("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"));
  EXPECT_EQ(file.names().size(), 5u);
}

TEST_F(AdapterFilesTest, ABaseOfAnotherShapeOrKindIsRefused) {
  Config other = small_config(ModelKind::kCausal);
  other.hidden_size = 16;
  const Checkpoint wide{other, make_weights(other, 1)};
  Checkpoint trained = wide;
  trained.weights.backbone.adapters =
      std::make_shared<Adapters>(changed_adapters(wide, path("adapter/base"), {}));
  save_checkpoint(path("out"), trained.config, trained.weights);
  EXPECT_THAT(error_of([&] { load_checkpoint(path("out"), ModelKind::kCausal); }),
              HasSubstr("base_model_name_or_path: expected a model whose model.embed_tokens.weight "
                        "has the shape [11, 16], found [11, 8]"));
  save_checkpoint(path("adapter/base"), padded(ModelKind::kReward),
                  make_weights(padded(ModelKind::kReward), 1));
  write();
  EXPECT_THAT(error_of([&] { load(ModelKind::kCausal); }),
              HasSubstr("expected an autoregressive model or one of the adapted one's kind"));
}

}  // namespace
}  // namespace tess2::model
