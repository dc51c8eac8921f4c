// `merge`, and adapters' folders wherever a model is asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/app_test_support.h"
#include "model/lora.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;

class MergeCommandTest : public CommandTest {
 protected:
  /// An adapter of the deep diffusion model that changes its answers.
  std::string make_adapter() const {
    const std::string base = make_deep_diffusion();
    auto checkpoint = model::load_checkpoint(base, model::ModelKind::kDiffusion);
    model::LoraConfig lora;
    lora.rank = 2;
    lora.targets = {"v_proj", "up_proj"};
    lora.base = base;
    model::Adapters adapters = model::make_adapters(checkpoint.config, lora, 1);
    for (const auto& slot : model::adapter_slots(adapters, checkpoint.config)) {
      slot.tensor->add_(0.5);
    }
    checkpoint.weights.backbone.adapters = std::make_shared<model::Adapters>(adapters);
    model::save_checkpoint(path("adapter"), checkpoint.config, checkpoint.weights);
    return path("adapter").string();
  }

  std::string answer(const std::string& folder) const {
    return out_of({"generate", "-q", "-m", folder, "--ids", "--prompt", "the cat", "--set",
                   "steps=3", "--set", "length=40"});
  }
};

TEST_F(MergeCommandTest, TheMergedModelAnswersAsTheAdapterDoes) {
  const std::string adapter = make_adapter();
  const std::string merged = path("merged").string();
  EXPECT_EQ(out_of({"merge", "-q", adapter, merged}), "checkpoint: " + merged + "\n");
  EXPECT_EQ(answer(merged), answer(adapter));
  EXPECT_NE(answer(merged), answer(path("deep").string()));
  EXPECT_FALSE(std::filesystem::exists(path("merged") / "adapter_config.json"));
  EXPECT_EQ(read(path("merged") / "tokenizer.model"), read(path("padded") / "tokenizer.model"));
}

TEST_F(MergeCommandTest, AnAdapterWithoutAConfigurationIsItsBasesKind) {
  const std::string adapter = make_adapter();
  const std::string whole = answer(adapter);
  std::filesystem::remove(path("adapter") / "config.json");
  EXPECT_EQ(answer(adapter), whole);
  EXPECT_THAT(out_of({"inspect", adapter}), HasSubstr("kind: a diffusion model"));
}

TEST_F(MergeCommandTest, AnAdapterIsPackedAndInspectedLikeItsMergedModel) {
  const std::string adapter = make_adapter();
  EXPECT_THAT(out_of({"inspect", adapter}),
              HasSubstr("adapter: rank 2 on v_proj, up_proj of " + path("deep").string()));
  out_of({"merge", "-q", adapter, path("merged").string()});
  for (const char* name : {"adapter", "merged"}) {
    out_of({"quantize", "-q", path(name).string(), path(std::string(name) + "-q8").string()});
  }
  EXPECT_EQ(answer(path("adapter-q8").string()), answer(path("merged-q8").string()));
}

TEST_F(MergeCommandTest, NumbersMayBeHalfAsLong) {
  const std::string adapter = make_adapter();
  out_of({"merge", "-q", adapter, path("half").string(), "--type", "bf16"});
  EXPECT_THAT(out_of({"inspect", path("half").string()}), HasSubstr("numbers: BF16"));
  EXPECT_EQ(error_of(kWrongUsage, {"merge", "-q", adapter, path("x").string(), "--type", "q8"}),
            "--type: expected one of f32, bf16, f16, found q8");
}

TEST_F(MergeCommandTest, WhatIsNoAdapterIsRefused) {
  EXPECT_THAT(error_of(kFailed, {"merge", "-q", make_diffusion(), path("x").string()}),
              HasSubstr("tuned: expected an adapter's folder, found one without "
                        "adapter_config.json"));
  make_adapter();
  std::filesystem::remove_all(path("deep"));
  EXPECT_THAT(error_of(kFailed, {"merge", "-q", path("adapter").string(), path("x").string()}),
              HasSubstr("base_model_name_or_path: expected the folder of a model, found "));
}

}  // namespace
}  // namespace tess2::app
