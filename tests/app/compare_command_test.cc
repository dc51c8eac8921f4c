#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/app_test_support.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;

class CompareCommandTest : public CommandTest {
 protected:
  CompareCommandTest() {
    data_ =
        write("data.jsonl",
              R"({"messages":[{"role":"user","content":"Say cat"}],"task":"copy","answer":"cat"})"
              "\n");
    model_ = make_deep_diffusion();
  }

  std::vector<std::string> compare(const std::string& model,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{"compare", "-q",  "-m",    model,       "--reference", model_,
                                 "--data",  data_, "--set", "length=40", "--set",       "steps=3"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string packed(const std::string& type) const {
    const std::string folder = path(type).string();
    out_of({"quantize", "-q", model_, folder, "--type", type});
    return folder;
  }

  std::string data_;
  std::string model_;
};

TEST_F(CompareCommandTest, AModelIsNoWayFromItself) {
  EXPECT_THAT(out_of(compare(model_)), HasSubstr("0.000000     100.00 %"));
}

TEST_F(CompareCommandTest, TellsHowFarAPackedModelIs) {
  const std::string output = path("compared.json").string();
  const std::string q8 = packed("q8");
  out_of(compare(q8, {"--output", output}));
  const auto json = nlohmann::json::parse(read(output));
  EXPECT_GT(json["rows"], 0);
  EXPECT_EQ(json["rows"].get<std::int64_t>() % 3, 0) << "the rows of three steps";
  EXPECT_GT(json["divergence"], 0.0);
  EXPECT_LT(json["divergence"], 0.1);
  EXPECT_EQ(out_of(compare(q8)), out_of(compare(q8, {"--threads", "1"})));
}

TEST_F(CompareCommandTest, TellsWhatAPromptCacheCosts) {
  const std::string bf16 = packed("bf16");
  std::vector<std::string> exact = compare(bf16), kept = exact;
  exact[5] = kept[5] = bf16;
  EXPECT_THAT(out_of(exact), HasSubstr("0.000000     100.00 %"));
  const std::string output = path("kept.json").string();
  kept.insert(kept.end(), {"--prompt-cache", "3", "--output", output});
  out_of(kept);
  EXPECT_GT(nlohmann::json::parse(read(output))["divergence"], 0.0);
}

TEST_F(CompareCommandTest, ExplainsWhatIsWrong) {
  EXPECT_EQ(error_of(kWrongUsage, {"compare", "-q", "-m", model_, "--data", data_}),
            "--reference: expected a checkpoint's folder, found nothing");
  EXPECT_THAT(error_of(kWrongUsage, compare(model_, {"--prompt-cache", "2"})),
              HasSubstr("prompt_cache: needs a packed model"));
  EXPECT_THAT(error_of(kWrongUsage, compare(model_, {"--set", "guidance.scale=2"})),
              HasSubstr("guidance.scale: expected 0"));
  EXPECT_THAT(error_of(kFailed, compare(make_causal())),
              HasSubstr("expected a diffusion model, found an autoregressive model"));
}

}  // namespace
}  // namespace tess2::app
