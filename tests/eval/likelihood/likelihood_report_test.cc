#include "eval/likelihood/likelihood_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tess2::eval {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

LikelihoodReport make_report(bool is_bound) {
  LikelihoodReport report;
  report.source = {"run/m", {"a.jsonl"}, 3, "limit: 2\n"};
  report.is_bound = is_bound;
  report.length = 64;
  report.costs = {{2.0, 2, 1, 6}, {6.0, 2, 1, 4}};
  report.perplexity = perplexity_of(report.costs, 3);
  if (!is_bound) return report;
  report.cut_texts = 1;
  report.self_conditioned = true;
  const Estimate loss{0.5, Interval{0.25, 0.75}};
  report.levels = {{0.0, 0.5, loss, loss, {0.1, {}}, {1.5, Interval{1.0, 2.0}}},
                   {0.5, 1.0, {3.0, {}}, loss, {0.2, {}}, {2.5, {}}}};
  return report;
}

TEST(LikelihoodReport, AnExactOneHasNoLevels) {
  const std::string table = likelihood_table(make_report(false));
  EXPECT_THAT(table, HasSubstr("2 texts, 4 tokens\n"));
  EXPECT_THAT(table, HasSubstr("nats a token             2.000     1.000 to    3.000\n"));
  EXPECT_THAT(table, Not(HasSubstr("at most")));
  EXPECT_THAT(table, Not(HasSubstr("t/T")));
}

TEST(LikelihoodReport, ABoundSaysSoAndHasTheMostNoiseFirst) {
  const std::string table = likelihood_table(make_report(true));
  EXPECT_THAT(table, HasSubstr("2 texts, 4 tokens, 1 texts cut at 64 tokens\n"));
  EXPECT_THAT(table, HasSubstr("perplexity a token  at most"));
  const auto noisy = table.find("0.500 to 1.000");
  const auto clean = table.find("0.000 to 0.500     0.500     0.250 to    0.750");
  ASSERT_NE(noisy, std::string::npos);
  ASSERT_NE(clean, std::string::npos);
  EXPECT_LT(noisy, clean);
}

TEST(LikelihoodReport, TheFileHoldsAllFigures) {
  const json read = json::parse(likelihood_json(make_report(true)));
  EXPECT_EQ(read["kind"], "likelihood");
  EXPECT_EQ(read["model"], "run/m");
  EXPECT_EQ(read["seed"], 3);
  EXPECT_EQ(read["settings"], "limit: 2\n");
  EXPECT_EQ(read["bound"], true);
  EXPECT_EQ(read["nats_per_token"], (json{{"value", 2.0}, {"low", 1.0}, {"high", 3.0}}));
  EXPECT_EQ(read["levels"][1]["loss"], (json{{"value", 3.0}, {"low", nullptr}, {"high", nullptr}}));
  EXPECT_EQ(read["levels"][0]["bound"]["high"], 2.0);
  EXPECT_EQ(read["costs"][1], (json{{"nats", 6.0}, {"tokens", 2}, {"words", 1}, {"bytes", 4}}));
}

SamplesReport make_samples() {
  SamplesReport report;
  report.texts = {"a b a b a", "c"};
  report.seeds = {5, 6};
  report.diversity = diversity_of(report.texts, 0);
  for (std::int64_t step = 1; step <= 25; ++step) {
    report.steps.push_back({step, {0.5, {}}, {1.0, {}}, {static_cast<double>(step) / 25, {}}});
  }
  report.settling = {{12.0, {}}, 3, 12, 22};
  return report;
}

TEST(SamplesReport, ShowsSomeOfManySteps) {
  const std::string table = samples_table(make_samples());
  for (const char* line : {"\n1       ", "\n3       ", "\n24      ", "\n25      "}) {
    EXPECT_THAT(table, HasSubstr(line));
  }
  EXPECT_THAT(table, Not(HasSubstr("\n2       ")));
  EXPECT_THAT(table, HasSubstr("10 % by step 3, 50 % by 12, 90 % by 22"));
  EXPECT_THAT(table, HasSubstr("distinct-1, %               50.0\n"));
  EXPECT_THAT(table, Not(HasSubstr("perplexity")));
}

TEST(SamplesReport, TheJudgeIsNamed) {
  SamplesReport report = make_samples();
  report.judge = "run/twin";
  report.perplexity = perplexity_of(std::vector<TextCost>{{2.0, 2, 1, 6}}, 0);
  EXPECT_THAT(samples_table(report), HasSubstr("under run/twin\nnats a token"));
  const json read = json::parse(samples_json(report));
  EXPECT_EQ(read["judge"], "run/twin");
  EXPECT_EQ(read["perplexity"]["nats_per_token"]["value"], 1.0);
  EXPECT_EQ(read["steps"].size(), 25U);
  EXPECT_EQ(read["settle_step"]["nine_tenths"], 22);
  EXPECT_EQ(read["outputs"][1], (json{{"text", "c"}, {"seed", 6}}));
}

TEST(SamplesReport, BytesThatAreNoTextDoNotBreakTheFile) {
  SamplesReport report = make_samples();
  report.texts[0] = "\xff";
  EXPECT_TRUE(json::accept(samples_json(report)));
}

}  // namespace
}  // namespace tess2::eval
