#include "data/synth/write.h"

#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/file.h"
#include "core/settings.h"
#include "data/dialogues.h"
#include "data/examples.h"
#include "data/fixtures.h"
#include "data/json_lines.h"
#include "data/pairs.h"
#include "data/synth/check.h"
#include "data/synth/split.h"
#include "data/synth/task_test_support.h"

namespace tess2::data::synth {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const SynthSettings kSmall{.seed = 4,
                           .stories = 60,
                           .stories_held_out = 20,
                           .instructions = 110,
                           .instructions_held_out = 33,
                           .pairs = 40,
                           .pairs_held_out = 10};

class WriteSynthetic : public FolderTest {
 protected:
  std::vector<json> read(const std::string& name) const {
    std::vector<json> records;
    for_each_json_line(folder() / name,
                       [&](const json& object, const LinePlace&) { records.push_back(object); });
    return records;
  }
  std::vector<std::string> stories_of(const std::string& name) const {
    std::vector<std::string> stories;
    for (const json& record : read(name)) stories.push_back(record.at("text"));
    return stories;
  }
  std::string text(const std::string& name) const { return read_text_file(folder() / name); }
};

TEST_F(WriteSynthetic, WritesEveryFileInItsForm) {
  write_synthetic_data(kSmall, folder() / "new");
  EXPECT_THAT(
      test_support::names_in(folder() / "new"),
      ElementsAre("instructions.test.jsonl", "instructions.train.jsonl",
                  "instructions.validation.jsonl", "pairs.train.jsonl", "pairs.validation.jsonl",
                  "stories.test.jsonl", "stories.train.jsonl", "stories.validation.jsonl"));
  for (const auto& [name, count] : {std::pair{"train", 60}, {"validation", 20}, {"test", 20}}) {
    EXPECT_EQ(std::ssize(stories_of("new/stories." + std::string(name) + ".jsonl")), count);
  }
  const ByteTokenizer tokenizer;
  const auto count = [&](const char* name, std::shared_ptr<const RecordEncoder> encoder) {
    return read_examples({{folder() / "new" / name}, {}}, encoder, test_reading()).size();
  };
  EXPECT_EQ(count("instructions.train.jsonl", std::make_shared<DialogueEncoder>(
                                                  tokenizer, text::DialogueMode::kFirstPair, 2048)),
            110u);
  EXPECT_EQ(read("new/instructions.test.jsonl").size(), 33u);
  const auto pairs = std::make_shared<PairEncoder>(tokenizer, 2048);
  EXPECT_EQ(count("pairs.train.jsonl", pairs), 40u);
  EXPECT_EQ(count("pairs.validation.jsonl", pairs), 10u);
}

void expect_right(const json& record) {
  const auto& messages = record.at("messages");
  const auto prompt = messages[0].at("content").get<std::string>();
  const auto answer = record.at("answer").get<std::string>();
  const auto reply = messages[1].at("content").get<std::string>();
  EXPECT_TRUE(check_answer(record.at("task").get<std::string>(),
                           {.prompt = prompt, .answer = answer, .output = reply}))
      << prompt;
}

TEST_F(WriteSynthetic, TakesTheTasksInTurnsAndTheirAnswersPass) {
  write_synthetic_data(kSmall, folder());
  std::map<std::string, int> counts;
  const auto records = read("instructions.train.jsonl");
  for (const auto& record : records) {
    expect_right(record);
    ++counts[record.at("task").get<std::string>()];
  }
  EXPECT_EQ(counts.size(), 11u);
  for (const auto& [task, count] : counts) EXPECT_EQ(count, 10) << task;
  EXPECT_NE(records[0].at("task"), records[1].at("task"));
}

TEST_F(WriteSynthetic, PairsAreAHappyAndASadStoryForOnePrompt) {
  write_synthetic_data(kSmall, folder());
  for (const auto& record : read("pairs.train.jsonl")) {
    const auto& chosen = record.at("chosen");
    const auto& rejected = record.at("rejected");
    EXPECT_EQ(chosen[0], rejected[0]);
    EXPECT_NE(chosen[1].at("content"), rejected[1].at("content"));
  }
}

std::set<std::string> prompts(const std::vector<json>& records) {
  std::set<std::string> found;
  for (const auto& record : records) {
    const auto& messages =
        record.contains("messages") ? record.at("messages") : record.at("chosen");
    found.insert(normalise(messages[0].at("content").get<std::string>()));
  }
  return found;
}

void expect_disjoint(const std::set<std::string>& a, const std::set<std::string>& b) {
  for (const auto& item : a) EXPECT_FALSE(b.contains(item)) << item;
}

TEST_F(WriteSynthetic, NeverTrainsOnAHeldOutPrompt) {
  SynthSettings settings;
  settings.stories = 6000;
  write_synthetic_data(settings, folder());
  const auto train = prompts(read("instructions.train.jsonl"));
  const auto validation = prompts(read("instructions.validation.jsonl"));
  const auto test = prompts(read("instructions.test.jsonl"));
  EXPECT_GT(train.size(), 15000u);
  expect_disjoint(train, validation);
  expect_disjoint(train, test);
  expect_disjoint(validation, test);
  expect_disjoint(prompts(read("pairs.train.jsonl")), prompts(read("pairs.validation.jsonl")));
  std::set<std::string> stories;
  for (const char* split : {"train", "validation", "test"}) {
    for (const auto& text : stories_of("stories." + std::string(split) + ".jsonl")) {
      EXPECT_TRUE(split_name(split_of(text)) == split) << text;
    }
  }
}

TEST_F(WriteSynthetic, IsAFunctionOfItsSeedAndMoreOnlyAddsToTheEnd) {
  SynthSettings more = kSmall, other = kSmall;
  more.stories *= 2;
  more.instructions *= 2;
  more.pairs_held_out *= 2;
  other.seed = 5;
  write_synthetic_data(kSmall, folder() / "a");
  write_synthetic_data(kSmall, folder() / "b");
  write_synthetic_data(more, folder() / "more");
  write_synthetic_data(other, folder() / "other");
  for (const std::string name :
       {"stories.train.jsonl", "stories.test.jsonl", "instructions.train.jsonl",
        "instructions.validation.jsonl", "pairs.train.jsonl", "pairs.validation.jsonl"}) {
    EXPECT_EQ(text("a/" + name), text("b/" + name)) << name;
    EXPECT_NE(text("a/" + name), text("other/" + name)) << name;
    EXPECT_TRUE(text("more/" + name).starts_with(text("a/" + name))) << name;
  }
}

// What is written by default must never change, or a seed would no longer name its data.
TEST_F(WriteSynthetic, WritesTheSameDefaultsForEver) {
  write_synthetic_data({}, folder());
  const std::map<std::string, std::uint64_t> hashes{
      {"stories.train.jsonl", 15396034765725915714u},
      {"stories.validation.jsonl", 6432776988761167681u},
      {"stories.test.jsonl", 1092091269945562203u},
      {"instructions.train.jsonl", 16665619561025845u},
      {"instructions.validation.jsonl", 11365876051091062251u},
      {"instructions.test.jsonl", 17225385461589253423u},
      {"pairs.train.jsonl", 5247433640539825770u},
      {"pairs.validation.jsonl", 13836754763457381732u},
  };
  for (const auto& [name, hash] : hashes) EXPECT_EQ(stable_hash(text(name)), hash) << name;
}

TEST_F(WriteSynthetic, ChoosesTasks) {
  SynthSettings settings = kSmall;
  settings.tasks = {"sort", "copy"};
  write_synthetic_data(settings, folder());
  const auto records = read("instructions.train.jsonl");
  ASSERT_EQ(records.size(), 110u);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].at("task"), settings.tasks[i % 2]);
  }
}

TEST_F(WriteSynthetic, TasksTakeTheirTurns) {
  SynthSettings settings = kSmall;
  settings.instructions = 23;
  settings.instructions_held_out = 3;
  settings.tasks = {"copy", "sort=3", "path=2"};
  write_synthetic_data(settings, folder());
  std::string train, test;
  for (const auto& record : read("instructions.train.jsonl")) {
    train += record.at("task").get<std::string>()[0];
  }
  for (const auto& record : read("instructions.test.jsonl")) {
    test += record.at("task").get<std::string>()[0];
  }
  EXPECT_EQ(train, "csssppcsssppcsssppcsssp");
  EXPECT_EQ(test, "css");
}

// The records of a family do not depend on which others are written.
TEST_F(WriteSynthetic, AFamilyIsTheSameInEverySet) {
  SynthSettings alone = kSmall, set = kSmall;
  alone.instructions = 20;
  alone.tasks = {"multiplication"};
  set.instructions = 100;
  set.tasks = {"planning"};
  write_synthetic_data(alone, folder() / "alone");
  write_synthetic_data(set, folder() / "set");
  std::string text_in_set;
  for (const auto& line : read("set/instructions.train.jsonl")) {
    if (line.at("task") == "multiplication") text_in_set += line.dump() + "\n";
  }
  std::string text_alone;
  for (const auto& line : read("alone/instructions.train.jsonl")) text_alone += line.dump() + "\n";
  EXPECT_EQ(text_in_set, text_alone);
}

/// What a planning prompt asks, however it is put.
std::string essence(const json& record) {
  const auto prompt = record.at("messages")[0].at("content").get<std::string>();
  const auto task = record.at("task").get<std::string>();
  if (task == "sudoku") return prompt.substr(prompt.rfind(':'));
  if (task == "circuit") {
    std::string definitions;
    for (const auto& part : matches(prompt, "[a-z] = (?:[01]|not [a-z]|[a-z] [a-z]+ [a-z])")) {
      definitions += part + ";";
    }
    return definitions;
  }
  std::multiset<std::string> parts;
  for (auto part : matches(prompt, task == "path" ? "\\b[A-Z] (?:to )?[A-Z]\\b" : "[0-9]+")) {
    const std::string mark = part.size() > 3 ? " to " : " ";
    if (task == "path" && part.back() < part.front()) {
      part = std::string{part.back()} + mark + part.front();
    }
    parts.insert(task == "countdown" && parts.empty() ? "to " + part : part);
  }
  std::string text = task + ":";
  for (const auto& part : parts) text += part + ";";
  return text;
}

TEST_F(WriteSynthetic, NeverTrainsOnAHeldOutPlanningProblemHoweverItIsPut) {
  SynthSettings settings = kSmall;
  settings.instructions = 20000;
  settings.instructions_held_out = 300;
  settings.tasks = {"planning"};
  // Small, so that problems come again in other words.
  settings.sizes = {.max_numbers = 3,
                    .max_number = 9,
                    .max_target = 20,
                    .max_blanks = 4,
                    .max_inputs = 2,
                    .max_gates = 3,
                    .max_places = 4};
  write_synthetic_data(settings, folder());
  std::map<std::string, std::string> split_of_problem;
  for (const std::string split : {"train", "validation", "test"}) {
    for (const auto& record : read("instructions." + split + ".jsonl")) {
      const std::string problem = essence(record);
      EXPECT_EQ(split_of_problem.emplace(problem, split).first->second, split) << problem;
    }
  }
  EXPECT_GT(split_of_problem.size(), 5000u);
  EXPECT_LT(split_of_problem.size(), 19000u) << "expected problems that come again";
}

TEST_F(WriteSynthetic, PlanningAnswersPass) {
  SynthSettings settings = kSmall;
  settings.tasks = {"planning"};
  write_synthetic_data(settings, folder());
  std::set<std::string> tasks;
  for (const char* split : {"train", "validation", "test"}) {
    for (const auto& record : read("instructions." + std::string(split) + ".jsonl")) {
      expect_right(record);
      tasks.insert(record.at("task").get<std::string>());
    }
  }
  EXPECT_EQ(tasks.size(), 5u);
}

TEST_F(WriteSynthetic, RefusesSizesThatContradictEachOther) {
  SynthSettings digits = kSmall, numbers = kSmall;
  digits.sizes.min_digits = 3;
  EXPECT_EQ(error_of([&] { write_synthetic_data(digits, folder()); }),
            "sizes.min_digits: expected at most sizes.max_digits (2), found 3");
  numbers.sizes.max_number = 50;
  numbers.sizes.max_target = 49;
  EXPECT_EQ(error_of([&] { write_synthetic_data(numbers, folder()); }),
            "sizes.max_number: expected at most sizes.max_target (49), found 50");
  EXPECT_TRUE(test_support::names_in(folder()).empty());
}

TEST_F(WriteSynthetic, RefusesWhatCannotBeWritten) {
  SynthSettings unknown = kSmall;
  unknown.tasks = {"sorte"};
  EXPECT_THAT(error_of([&] { write_synthetic_data(unknown, folder()); }),
              HasSubstr("'sorte' (did you mean sort?)"));
  SynthSettings crowded = kSmall;
  crowded.tasks = {"addition"};
  crowded.sizes.max_digits = 1;
  EXPECT_THAT(error_of([&] { write_synthetic_data(crowded, folder()); }),
              HasSubstr("task addition: expected 33 different held-out records"));
  EXPECT_TRUE(test_support::names_in(folder()).empty());
  write("file", "x");
  EXPECT_THROW(write_synthetic_data(kSmall, folder() / "file" / "in"), FileError);
}

TEST_F(WriteSynthetic, BindsItsSettings) {
  SynthSettings settings;
  SettingsTable table(settings);
  table.set("tasks=[copy, sort]", "--set");
  table.set("sizes.max_words=7", "--set");
  EXPECT_THAT(settings.tasks, ElementsAre("copy", "sort"));
  EXPECT_EQ(settings.sizes.max_words, 7);
  table.set("tasks=[planning, path=2]", "--set");
  EXPECT_THAT(settings.tasks, ElementsAre("planning", "path=2"));
  table.set("tasks=path=2", "--set");
  EXPECT_THAT(settings.tasks, ElementsAre("path=2"));
  for (const char* bad :
       {"max_digits=7", "min_digits=0", "max_numbers=2", "max_numbers=7", "max_number=8",
        "max_number=101", "max_target=19", "max_target=1001", "max_blanks=3", "max_blanks=13",
        "max_inputs=1", "max_inputs=9", "max_gates=1", "max_gates=13", "max_places=3",
        "max_places=21", "max_places=x"}) {
    EXPECT_THROW(table.set("sizes." + std::string(bad), "--set"), UsageError) << bad;
  }
}

}  // namespace
}  // namespace tess2::data::synth
