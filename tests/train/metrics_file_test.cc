#include "train/metrics_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/temporary_folder.h"

namespace tess2::train {
namespace {

class MetricsFileTest : public ::testing::Test {
 protected:
  std::string content() const { return read_text_file(path_); }
  static StepReport report(std::int64_t step) {
    return {step, 9, 1.5, 0.001, 2.0, 100 * step, {0.25, 0}, 7.5, 50.0, {}};
  }

  test_support::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / kMetricsName;
};

TEST_F(MetricsFileTest, ALineAStepAndAValidation) {
  MetricsFile file(path_);
  file.add_step(report(1));
  file.add_validation(1, {{"loss", 0.5}, {"accuracy", 0.75}});
  file.add_samples(1, {{"Once", " upon \"a\"\n"}});
  EXPECT_EQ(content(),
            R"({"step":1,"loss":1.5,"learning_rate":0.001,"gradient_norm":2.0,"tokens":100,)"
            R"("seconds":7.5,"tokens_per_second":50.0,"waited_seconds":0.25})"
            "\n"
            R"({"step":1,"validation":{"loss":0.5,"accuracy":0.75}})"
            "\n"
            R"({"step":1,"samples":[{"given":"Once","text":" upon \"a\"\n"}]})"
            "\n");
}

TEST_F(MetricsFileTest, LossesAreMeansOfTheirLevels) {
  StepReport with_levels = report(1);
  with_levels.levels = {{0.0, 1.0}, {0.09, 2.0}, {0.1, 5.0}, {0.9998, 7.0}};
  MetricsFile file(path_);
  file.add_step(with_levels);
  const auto levels = nlohmann::json::parse(content())["loss_by_level"];
  ASSERT_EQ(levels.size(), 10u);
  EXPECT_EQ(levels[0], 1.5);
  EXPECT_EQ(levels[1], 5.0);
  EXPECT_EQ(levels[9], 7.0);
  for (std::size_t i = 2; i < 9; ++i) EXPECT_TRUE(levels[i].is_null());
}

TEST_F(MetricsFileTest, MarginsAreCountedInBinsThatZeroParts) {
  MetricsFile file(path_);
  file.add_margins(7, {-0.6, -0.1, 0.0, 0.3, 30.0, std::nan("")});
  // 30.6 in at most 40 bins: the next power of two is 1.
  const auto line = nlohmann::json::parse(content());
  EXPECT_EQ(line["step"], 7);
  EXPECT_EQ(line["margins"]["width"], 1.0);
  EXPECT_EQ(line["margins"]["first"], -1);
  const auto counts = line["margins"]["counts"].get<std::vector<int>>();
  ASSERT_EQ(counts.size(), 32u);
  EXPECT_EQ(counts[0], 2);
  EXPECT_EQ(counts[1], 2);
  EXPECT_EQ(counts[31], 1);
}

TEST_F(MetricsFileTest, MarginsThatAreAllOneHaveOneBinAndNoneHaveNoLine) {
  MetricsFile file(path_);
  file.add_margins(1, {});
  file.add_margins(1, {std::nan("")});
  EXPECT_EQ(content(), "");
  file.add_margins(1, {0.5, 0.5});
  EXPECT_EQ(content(), R"({"step":1,"margins":{"width":0.015625,"first":32,"counts":[2]}})"
                       "\n");
}

TEST_F(MetricsFileTest, IsCutAfterAStep) {
  MetricsFile file(path_);
  file.add_validation(0, {{"loss", 3.0}});
  for (const std::int64_t step : {1, 2, 3}) file.add_step(report(step));
  file.add_validation(3, {{"loss", 1.0}});
  const std::string whole = content();
  file.cut_after(3);
  EXPECT_EQ(content(), whole);
  file.cut_after(1);
  EXPECT_EQ(content(), whole.substr(0, whole.find("{\"step\":2")));
  file.cut_after(-1);
  EXPECT_EQ(content(), "");
}

TEST_F(MetricsFileTest, ALineThatWasCutOffGoes) {
  std::string whole;
  {
    MetricsFile file(path_);
    file.add_step(report(1));
    whole = content();
    file.add_step(report(2));
  }
  for (const std::size_t lost : {1, 2, 30}) {
    const std::string text = whole + whole.substr(0, whole.size() - lost);
    std::ofstream(path_, std::ios::trunc) << text;
    MetricsFile file(path_);
    file.cut_after(5);
    EXPECT_EQ(content(), whole) << lost;
  }
}

}  // namespace
}  // namespace tess2::train
