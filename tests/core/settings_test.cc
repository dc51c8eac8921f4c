#include "core/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>

#include "core/error.h"
#include "core/problems.h"

namespace tess2 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

enum class Shape { kLinear, kCosine };
constexpr std::array<std::pair<std::string_view, Shape>, 2> kShapes = {
    {{"linear", Shape::kLinear}, {"cosine", Shape::kCosine}}};

struct OptimizerSettings {
  double learning_rate = 1e-3;
  double decay = 0.0;
  Shape shape = Shape::kCosine;

  void bind(SettingsBinder& b) {
    b.field("learning_rate", learning_rate, "peak learning rate").above(0);
    b.field("decay", decay, "weight decay").at_least(0).below(1);
    b.field("shape", shape, "of the learning rate", kShapes);
  }
};

struct JobSettings {
  std::int64_t steps = 600;
  std::string title = "a job";
  std::filesystem::path output = "out";
  OptimizerSettings optimizer;
  bool resume = false;
  std::vector<std::string> files = {"a.jsonl"};

  void bind(SettingsBinder& b) {
    b.field("steps", steps, "optimizer steps").at_least(1).at_most(1000);
    b.field("title", title, "shown in the log");
    b.field("output", output, "folder to write").required();
    b.group("optimizer", optimizer, "AdamW");
    b.field("resume", resume, "go on where it stopped");
    b.field("files", files, "training data");
  }
};

class SettingsTest : public testing::Test {
 protected:
  void parse(std::string_view yaml) { table_.parse(yaml, "job.yaml"); }

  // The message of the Expected error that `act` throws.
  template <class Expected, class Act>
  static std::string message(Act act) {
    try {
      act();
    } catch (const Expected& error) {
      return error.what();
    }
    return "nothing of the expected type was thrown";
  }
  std::string usage_error(std::string_view yaml) {
    return message<UsageError>([&] { parse(yaml); });
  }
  std::string format_error(std::string_view yaml) {
    return message<FormatError>([&] { parse(yaml); });
  }
  std::string set_error(std::string_view assignment) {
    return message<UsageError>([&] { table_.set(assignment, "--set"); });
  }

  JobSettings settings_;
  SettingsTable table_{settings_};
};

TEST_F(SettingsTest, ReadsEveryType) {
  parse(R"(
steps: 12
title: "two: words"
output: runs/one
optimizer:
  learning_rate: 3e-4
  shape: linear
resume: true
files: [x.jsonl, 'y, z.jsonl']
)");
  EXPECT_EQ(settings_.steps, 12);
  EXPECT_EQ(settings_.title, "two: words");
  EXPECT_EQ(settings_.output, "runs/one");
  EXPECT_EQ(settings_.optimizer.learning_rate, 3e-4);
  EXPECT_EQ(settings_.optimizer.decay, 0.0);
  EXPECT_EQ(settings_.optimizer.shape, Shape::kLinear);
  EXPECT_TRUE(settings_.resume);
  EXPECT_THAT(settings_.files, ElementsAre("x.jsonl", "y, z.jsonl"));
}

TEST_F(SettingsTest, DottedKeysAndEmptyRecipesAreAllowed) {
  parse("");
  parse("# only a comment\n");
  parse("optimizer.decay: 0.5\nfiles: one.jsonl\n");
  EXPECT_EQ(settings_.optimizer.decay, 0.5);
  EXPECT_THAT(settings_.files, ElementsAre("one.jsonl"));
}

TEST_F(SettingsTest, ALaterValueWins) {
  parse("steps: 12\n");
  table_.set("steps=20", "--set");
  EXPECT_EQ(settings_.steps, 20);
  table_.set("steps=21", "--set");
  EXPECT_EQ(settings_.steps, 21);
}

TEST_F(SettingsTest, SetTakesTextAsItStandsAndListsInBrackets) {
  table_.set("title=[x]: a = b #1", "--set");
  EXPECT_EQ(settings_.title, "[x]: a = b #1");
  table_.set("title=", "--set");
  EXPECT_EQ(settings_.title, "");
  table_.set("files=[p, 'q, r']", "--set");
  EXPECT_THAT(settings_.files, ElementsAre("p", "q, r"));
  table_.set("files=p, q", "--set");
  EXPECT_THAT(settings_.files, ElementsAre("p, q"));
  table_.set("optimizer.shape=linear", "--set");
  EXPECT_EQ(settings_.optimizer.shape, Shape::kLinear);
}

TEST_F(SettingsTest, UnknownKeysNameTheNearest) {
  EXPECT_EQ(usage_error("steps: 1\nstpes: 2\n"),
            "job.yaml: line 2: unknown key stpes (did you mean steps?)");
  EXPECT_EQ(usage_error("optimizer:\n  learnin_rate: 1\n"),
            "job.yaml: line 2: unknown key optimizer.learnin_rate (did you mean "
            "optimizer.learning_rate?)");
  EXPECT_EQ(usage_error("optimiser:\n  decay: 0\n"),
            "job.yaml: line 1: unknown key optimiser (did you mean optimizer?)");
  EXPECT_EQ(set_error("learning_rate=1"),
            "--set learning_rate: unknown key (did you mean optimizer.learning_rate?)");
}

TEST_F(SettingsTest, WrongValuesNameFileLineKeyExpectedAndFound) {
  EXPECT_EQ(usage_error("\nsteps: many\n"),
            "job.yaml: line 2: steps: expected integer >= 1 and <= 1000, found many");
  EXPECT_EQ(usage_error("optimizer:\n  decay: 1\n"),
            "job.yaml: line 2: optimizer.decay: expected number >= 0 and < 1, found 1");
  EXPECT_EQ(usage_error("optimizer:\n  shape: cosin\n"),
            "job.yaml: line 2: optimizer.shape: expected one of linear, cosine, found cosin");
  EXPECT_EQ(usage_error("output:\n"), "job.yaml: line 1: output: expected path, found nothing");
  EXPECT_EQ(usage_error("resume: [true]"),
            "job.yaml: line 1: resume: expected true or false, found a list");
  EXPECT_EQ(usage_error("title: {a: b}"), "job.yaml: line 1: title: expected text, found a map");
  EXPECT_EQ(usage_error("files: [[a]]"),
            "job.yaml: line 1: files: expected list of texts, found a list");
  EXPECT_EQ(usage_error("optimizer: 3"),
            "job.yaml: line 1: optimizer: expected a map of settings, found 3");
}

TEST_F(SettingsTest, WrongOptionsNameThemselves) {
  EXPECT_EQ(set_error("steps=0"), "--set steps: expected integer >= 1 and <= 1000, found 0");
  EXPECT_EQ(set_error("steps=1001"), "--set steps: expected integer >= 1 and <= 1000, found 1001");
  EXPECT_EQ(set_error("steps="),
            "--set steps: expected integer >= 1 and <= 1000, found empty text");
  EXPECT_EQ(set_error("steps"), "--set: expected key=value, found steps");
  EXPECT_EQ(set_error("optimizer.learning_rate=0"),
            "--set optimizer.learning_rate: expected number > 0, found 0");
  EXPECT_EQ(set_error("files=[a"), "--set files: expected list of texts, found [a");
  EXPECT_EQ(set_error("optimizer=1"),
            "--set optimizer: expected one key of the group, found the group");
  EXPECT_EQ(message<UsageError>([&] { table_.set("steps", "-4", "--steps"); }),
            "--steps: expected integer >= 1 and <= 1000, found -4");
}

TEST_F(SettingsTest, NumbersMustFitWhole) {
  for (const char* text : {"1.5", "1e2", " 1", "1 ", "0x10", "99999999999999999999", "+1"}) {
    EXPECT_THAT(set_error("steps=" + std::string(text)), HasSubstr("expected integer")) << text;
  }
  for (const char* text : {"nan", "inf", "1e999", "1,5", ""}) {
    EXPECT_THAT(set_error("optimizer.decay=" + std::string(text)), HasSubstr("expected number"))
        << text;
  }
  EXPECT_EQ(settings_.steps, 600);
  EXPECT_EQ(settings_.optimizer.decay, 0.0);
}

TEST_F(SettingsTest, AKeyMayStandOnce) {
  EXPECT_EQ(format_error("steps: 1\nsteps: 2\n"),
            "job.yaml: line 2: steps: expected one value, found the key a second time");
  EXPECT_EQ(format_error("optimizer:\n  decay: 0\noptimizer.decay: 0\n"),
            "job.yaml: line 3: optimizer.decay: expected one value, found the key a second time");
  EXPECT_THAT(format_error("optimizer: {decay: 0}\noptimizer: {decay: 0}\n"),
              HasSubstr("line 2: optimizer: expected one value"));
}

TEST_F(SettingsTest, WhatIsNotARecipeIsRefused) {
  EXPECT_THAT(format_error("steps: [1\n"), HasSubstr("job.yaml: line 2: expected YAML, found"));
  EXPECT_EQ(format_error("- 1\n"), "job.yaml: line 1: expected a map of settings, found a list");
  EXPECT_EQ(format_error("hello"), "job.yaml: line 1: expected a map of settings, found hello");
  EXPECT_EQ(format_error("steps: 1\n---\nsteps: 2\n"),
            "job.yaml: line 2: expected one YAML document, found a second one");
  EXPECT_EQ(format_error("[a]: 1\n"), "job.yaml: line 1: expected a key, found a list");
  EXPECT_THAT(format_error(std::string(20000, '[')), HasSubstr("expected YAML"));
}

TEST_F(SettingsTest, AllThatIsWrongInARecipeIsToldAtOnce) {
  EXPECT_EQ(message<SeveralErrors>([&] {
              table_.parse("stpes: 2\ntitle: fine\noptimizer: {decay: 1, shape: cosin}\n",
                           "job.yaml");
            }),
            "job.yaml: line 1: unknown key stpes (did you mean steps?); "
            "job.yaml: line 3: optimizer.decay: expected number >= 0 and < 1, found 1; "
            "job.yaml: line 3: optimizer.shape: expected one of linear, cosine, found cosin");
  EXPECT_EQ(settings_.title, "fine");
}

TEST_F(SettingsTest, MessagesStayOnOneLine) {
  EXPECT_EQ(usage_error("steps: \"1\\n\\e[2J\""),
            "job.yaml: line 1: steps: expected integer >= 1 and <= 1000, found 1\\n\\x1b[2J");
}

TEST_F(SettingsTest, LoadsFilesAndNamesTheMissing) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) /
                                     ("settings_test_" + std::to_string(getpid()) + ".yaml");
  std::ofstream(file) << "steps: 7\n";
  table_.load(file);
  EXPECT_EQ(settings_.steps, 7);
  std::filesystem::remove(file);
  EXPECT_THAT(message<FileError>([&] { table_.load(file); }),
              testing::StartsWith(file.string() + ": "));
  EXPECT_THAT(message<FileError>([&] { table_.load(testing::TempDir()); }),
              testing::StartsWith(testing::TempDir() + ": "));
}

TEST_F(SettingsTest, RequiredSettingsMustBeGiven) {
  EXPECT_EQ(message<UsageError>([&] { table_.check_complete(); }),
            "output: expected path, found nothing: give it in the recipe or with --set "
            "output=VALUE");
  table_.set("output=out", "--set");
  EXPECT_NO_THROW(table_.check_complete());
}

TEST_F(SettingsTest, DescribesWithTheDefaultsOfBinding) {
  table_.set("steps=5", "--set");
  const auto rows = table_.describe();
  ASSERT_EQ(rows.size(), 9u);
  EXPECT_EQ(rows[0].key, "steps");
  EXPECT_EQ(rows[0].type, "integer >= 1 and <= 1000");
  EXPECT_EQ(rows[0].default_value, "600");
  EXPECT_EQ(rows[0].help, "optimizer steps");
  EXPECT_EQ(rows[3].key, "optimizer");
  EXPECT_EQ(rows[3].type, "");
  EXPECT_EQ(rows[3].help, "AdamW");
  EXPECT_EQ(rows[4].key, "optimizer.learning_rate");
  EXPECT_EQ(rows[4].default_value, "0.001");
  EXPECT_EQ(rows[6].type, "one of linear, cosine");
  EXPECT_EQ(rows[6].default_value, "cosine");
  EXPECT_EQ(rows[8].default_value, "[a.jsonl]");
}

TEST_F(SettingsTest, WritesGroupsAsNestedMaps) {
  EXPECT_EQ(table_.to_yaml(), R"(steps: 600
title: a job
output: out
optimizer:
  learning_rate: 0.001
  decay: 0
  shape: cosine
resume: false
files: [a.jsonl]
)");
}

TEST_F(SettingsTest, WhatItWritesItReadsBack) {
  settings_.optimizer.learning_rate = 0.1 + 0.2;
  settings_.files = {"a, b", "[c]", "null", "", "#d", "e: f", "caf\xc3\xa9"};
  for (const char* title : {"", "~", "null", "true", "12", "two\nlines", " padded ", "\"quoted\"",
                            "- item", "a: b", "# none", "'", "&anchor", "*alias", "!tag", "%"}) {
    settings_.title = title;
    JobSettings copy;
    SettingsTable table(copy);
    table.parse(table_.to_yaml(), "copy.yaml");
    EXPECT_EQ(copy.title, title);
    EXPECT_EQ(copy.files, settings_.files);
    EXPECT_EQ(copy.optimizer.learning_rate, settings_.optimizer.learning_rate);
  }
}

TEST(SettingsTable, NestsGroupsToAnyDepth) {
  struct Inner {
    std::int64_t x = 1;
    void bind(SettingsBinder& b) { b.field("x", x, "a number"); }
  };
  struct Outer {
    Inner first, second;
    void bind(SettingsBinder& b) {
      b.group("first", first, "one");
      b.group("second", second, "two");
    }
  };
  struct Root {
    Outer outer;
    std::int64_t last = 2;
    void bind(SettingsBinder& b) {
      b.group("outer", outer, "both");
      b.field("last", last, "the last");
    }
  };
  Root root;
  SettingsTable table(root);
  table.set("outer.second.x=5", "--set");
  EXPECT_EQ(root.outer.second.x, 5);
  EXPECT_EQ(table.to_yaml(), "outer:\n  first:\n    x: 1\n  second:\n    x: 5\nlast: 2\n");
  EXPECT_THAT(table.keys(), ElementsAre("outer.first.x", "outer.second.x", "last"));
}

TEST(SettingsTable, TwoFieldsOfOneNameAreAMistakeOfTheProgrammer) {
  OptimizerSettings settings;
  SettingsTable table(settings);
  EXPECT_THROW(table.add(settings), std::logic_error);
}

}  // namespace
}  // namespace tess2
