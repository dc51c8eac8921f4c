#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/app_test_support.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;

class BenchCommandTest : public CommandTest {
 protected:
  static std::vector<std::string> bench(const std::vector<std::string>& more) {
    std::vector<std::string> all{"bench", "-q",      "--set", "length=128",
                                 "--set", "steps=3", "--set", "requests=2"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

// bench_serve itself fails where the three ways answer differently.
TEST_F(BenchCommandTest, MeasuresTheSameAnswersInThreeWays) {
  const std::string output = path("bench.json").string();
  const std::string text = out_of(bench({"--serve", "-m", make_diffusion(), "--output", output}));
  EXPECT_THAT(text, HasSubstr("canvas 128, 3 steps, 2 requests each"));
  for (const char* name : {"bare sampler", "served, a reply", "served, every canvas",
                           "first canvas after", "between canvases"}) {
    EXPECT_THAT(text, HasSubstr(name));
  }
  const auto json = nlohmann::json::parse(read(output));
  EXPECT_EQ(json["steps"], 3);
  EXPECT_GT(json["bare"]["median_ms"], 0.0);
  EXPECT_GE(json["streamed"]["median_ms"], json["first_event"]["median_ms"]);
  EXPECT_GT(json["between_events"]["p90_ms"], 0.0);
  EXPECT_TRUE(json["served_overhead"].is_number());
}

TEST_F(BenchCommandTest, APromptThatFillsTheCanvasIsRefused) {
  EXPECT_THAT(
      error_of(kWrongUsage, bench({"--serve", "-m", make_diffusion(), "--set", "length=8"})),
      HasSubstr("prompt: expected fewer tokens than the canvas (8), found "));
}

TEST_F(BenchCommandTest, SaysWhatIsMissing) {
  EXPECT_EQ(error_of(kWrongUsage, bench({})), "bench: expected --serve, found nothing to measure");
  EXPECT_EQ(error_of(kWrongUsage, bench({"--serve"})),
            "--model: expected a checkpoint's folder, found nothing");
}

}  // namespace
}  // namespace tess2::app
