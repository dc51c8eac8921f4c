#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/error.h"
#include "core/file.h"
#include "metric_check/forms.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

namespace tess2::metric_check {
namespace {

using nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST(MetricCheck, EveryOfficialValueAgrees) {
  TESS2_SHARED_OR_SKIP(folder, "golden/metrics");
  TESS2_SHARED_OR_SKIP(prompt_file, "data/ifeval/input_data.jsonl");
  Prompts prompts(prompt_file);
  Tally tally;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    check_file(entry.path(), prompts, tally);
  }
  tally.print(std::cout);
  EXPECT_TRUE(tally.all_agree());
}

class MetricFiles : public ::testing::Test {
 protected:
  // What the program prints of a file with these rows.
  std::string report(const std::vector<json>& rows) {
    Tally tally;
    check(json(rows).dump(), tally);
    std::ostringstream out;
    tally.print(out);
    return out.str();
  }

  // The message about a file that cannot be used.
  std::string problem_of(const std::string& content) {
    Tally tally;
    try {
      check(content, tally);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

 private:
  void check(const std::string& content, Tally& tally) {
    const auto file = folder_.path() / "rows.json";
    write_file_atomically(file, [&](std::ostream& out) { out << content; });
    Prompts prompts(folder_.path() / "none.jsonl");
    check_file(file, prompts, tally);
  }

  test_support::TemporaryFolder folder_;
};

json squad_row(double f1) {
  return {
      {"prediction", "a cat"}, {"answers", json::array({"cat"})}, {"exact_match", 1.0}, {"f1", f1}};
}

json extraction_row(const std::string& output, const std::string& extracted, double match) {
  return {{"output", output}, {"gold", "7"}, {"extracted", extracted}, {"exact_match", match}};
}

json verdict_row(bool strict) {
  return {{"prompt", "p"},
          {"response", "a, b"},
          {"instruction_id_list", json::array({"punctuation:no_comma"})},
          {"kwargs", json::array({json::object()})},
          {"strict", json::array({strict})},
          {"loose", json::array({false})}};
}

TEST_F(MetricFiles, AreRecognisedByTheirFields) {
  EXPECT_EQ(report({squad_row(1.0)}), "SQuAD: 2 of 2 values agree\nall values agree\n");
  EXPECT_EQ(report({verdict_row(false)}),
            "IFEval loose: 1 of 1 values agree\nIFEval strict: 1 of 1 values agree\n"
            "all values agree\n");
}

TEST_F(MetricFiles, AreRecognisedByTheExtractionThatFits) {
  EXPECT_THAT(report({extraction_row("The answer is 7. 8", "8", 0.0)}), HasSubstr("GSM8K: 2 of 2"));
  EXPECT_THAT(report({extraction_row("The answer is 7. 8", "7", 1.0)}), HasSubstr("BBH: 2 of 2"));
}

TEST_F(MetricFiles, ShowWhatDiffers) {
  const std::string text = report({squad_row(1.0), squad_row(0.5)});
  EXPECT_THAT(text, HasSubstr("SQuAD: 3 of 4 values agree"));
  EXPECT_THAT(text, HasSubstr("rows.json: row 2: f1: expected 0.5, found 1.0"));
  EXPECT_THAT(text, EndsWith("values differ\n"));
  EXPECT_THAT(report({verdict_row(true)}),
              HasSubstr("row 1: strict[0] punctuation:no_comma: expected true, found false"));
}

TEST_F(MetricFiles, ShowAHundredDifferencesAtMost) {
  const std::string text = report(std::vector<json>(103, squad_row(0.5)));
  EXPECT_THAT(text, HasSubstr("row 100: f1"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("row 101: f1")));
  EXPECT_THAT(text, HasSubstr("and 3 more\n"));
}

TEST_F(MetricFiles, LeaveOutWhatTheOfficialProgramDraws) {
  json row = verdict_row(true);
  row["instruction_id_list"] = json::array({"keywords:letter_frequency"});
  row["kwargs"][0] = {{"letter", "#"}, {"let_frequency", 1}, {"let_relation", "at least"}};
  EXPECT_THAT(report({row}), HasSubstr("IFEval strict: 0 of 0 values agree; 1 not compared"));
}

TEST_F(MetricFiles, ThatCannotBeUsedAreNamed) {
  EXPECT_THAT(problem_of("[{"),
              EndsWith("rows.json: expected a list of objects, found malformed JSON at byte 3"));
  EXPECT_THAT(problem_of("[]"), EndsWith("expected a list of objects, found an empty list"));
  EXPECT_THAT(problem_of("[1]"),
              EndsWith("row 1: expected an object, found a value of type number"));
  EXPECT_THAT(problem_of("[{\"a\": 1}]"), HasSubstr("row 1: instruction_id_list, prediction or "
                                                    "extracted: expected one of them, found none"));
  EXPECT_THAT(problem_of("[{\"prediction\": 1, \"answers\": []}]"),
              EndsWith("row 1: prediction: expected a string, found a value of type number"));
  json row = verdict_row(true);
  row["strict"] = json::array();
  EXPECT_THAT(problem_of(json::array({row}).dump()),
              EndsWith("row 1: strict: expected 1 verdicts, found 0"));
  row.erase("kwargs");
  EXPECT_THAT(problem_of(json::array({row}).dump()), HasSubstr("none.jsonl"));
}

}  // namespace
}  // namespace tess2::metric_check
