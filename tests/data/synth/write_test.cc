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

TEST_F(WriteSynthetic, TakesTheTasksInTurnsAndTheirAnswersPass) {
  write_synthetic_data(kSmall, folder());
  std::map<std::string, int> counts;
  const auto records = read("instructions.train.jsonl");
  for (const auto& record : records) {
    const auto task = record.at("task").get<std::string>();
    const auto answer = record.at("answer").get<std::string>();
    EXPECT_TRUE(
        check_answer(task, answer, record.at("messages")[1].at("content").get<std::string>()));
    ++counts[task];
  }
  EXPECT_EQ(counts.size(), task_families().size());
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
  EXPECT_THROW(table.set("sizes.max_digits=7", "--set"), UsageError);
}

}  // namespace
}  // namespace tess2::data::synth
