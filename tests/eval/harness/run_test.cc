#include "eval/harness/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "core/file.h"
#include "eval/harness/harness_test_support.h"
#include "eval/harness/program_run.h"
#include "eval/harness/score.h"
#include "support/shared_data.h"

namespace tess2::eval {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kSeed = 5;

class RunTest : public HarnessTest {
 protected:
  void choose(const std::string& name, const std::filesystem::path& root) {
    task_ = find_task_file(name);
    task_.length = 1 << 16;
    data_ = root;
    items_ = read_task_items(task_, root, 0);
  }

  std::map<std::uint64_t, std::string> gold_outputs() const {
    std::map<std::uint64_t, std::string> outputs;
    for (const Item& item : items_) {
      outputs[prompt_seed(kSeed, item.index)] = gold_output(task_.metric, item);
    }
    return outputs;
  }

  TaskRunInfo info() const {
    TaskRunInfo info;
    info.task = task_.name;
    info.settings = "s";
    info.seed = kSeed;
    info.records = std::ssize(items_);
    return info;
  }

  void answer(Answerer& answerer, const TaskRunOptions& options = {}) {
    std::filesystem::create_directories(path("out"));
    const TaskRunInfo run_info = info();
    Shots shots(task_, data_, kSeed);
    answer_task({task_, run_info, items_, shots, {task_.length, task_.answer_tokens}, path("out")},
                answerer, tokenizer(), options);
  }

  TaskScore score() const {
    return score_task(info(), task_.metric, read_records(path("out"), info()));
  }

  // Asks all records of a model that gives the gold answers; every measure must be 100 %.
  void expect_perfect(const TaskRunOptions& options = {}) {
    ToldAnswerer gold(gold_outputs(), tokenizer());
    answer(gold, options);
    expect_full_score(score());
  }
  static void expect_full_score(const TaskScore& found) {
    EXPECT_EQ(found.missing, "");
    ASSERT_FALSE(found.measures.empty());
    for (const MeasureScore& m : found.measures) EXPECT_EQ(m.value, 1.0) << m.name;
    EXPECT_EQ(found.too_long, 0);
  }

  Task task_;
  std::filesystem::path data_;
  std::vector<Item> items_;
};

TEST_F(RunTest, GoldAnswersScore100OnSquad) {
  write("data/squad/dev-v1.1.json", kSmallSquad);
  write("data/squad/train-v1.1.json",
        R"({"data": [{"title": "x", "paragraphs": [{"context": "One. Two. Three.", "qas": [
        {"id": "1", "question": "First?", "answers": [{"text": "One"}]},
        {"id": "2", "question": "Second?", "answers": [{"text": "Two"}]},
        {"id": "3", "question": "Third?", "answers": [{"text": "Three"}]}]}]}]})");
  choose("squad", root());
  expect_perfect();
}

TEST_F(RunTest, GoldAnswersScore100OnTriviaQa) {
  write("data/triviaqa/qa/wikipedia-dev.json", kSmallTriviaQa);
  write("data/triviaqa/qa/wikipedia-train.json", kSmallTriviaQa);
  choose("triviaqa", root());
  expect_perfect();
}

TEST_F(RunTest, GoldAnswersScore100OnMmlu) {
  for (const char* subject : {"abstract_algebra", "virology"}) {
    write("data/mmlu/test/" + std::string(subject) + "_test.csv", kSmallMmlu);
    write("data/mmlu/dev/" + std::string(subject) + "_dev.csv", kSmallMmlu);
  }
  choose("mmlu", root());
  expect_perfect();
  EXPECT_THAT(score().subtasks, SizeIs(2));
  EXPECT_THAT(read_records(path("out"), info()).at(0).prompt,
              HasSubstr("with answers, about abstract algebra.\n\nWhat is 1+1?\nA. 1\n"));
}

TEST_F(RunTest, GoldAnswersScore100OnHumanEval) {
  const std::string problem = test_support::error_of([] { run_python("pass"); });
  if (problem != "nothing thrown") GTEST_SKIP() << problem;
  write("data/humaneval/HumanEval.jsonl.gz", kSmallHumanEval);
  choose("humaneval", root());
  TaskRunOptions options;
  options.run_program = [](const std::string& program) { return run_python(program).passed; };
  expect_perfect(options);
}

TEST_F(RunTest, ProgramsThatMayNotBeRunLeaveNoScore) {
  write("data/humaneval/HumanEval.jsonl.gz", kSmallHumanEval);
  choose("humaneval", root());
  ToldAnswerer gold(gold_outputs(), tokenizer());
  answer(gold);
  EXPECT_EQ(score().missing,
            "2 of 2 records have no verdict: its programs are only run with "
            "--run-generated-programs");
}

TEST_F(RunTest, GoldAnswersScore100OnInstructions) {
  write(
      "data/instructions.test.jsonl",
      R"({"messages":[{"role":"user","content":"Copy: a b"}],"task":"copy","answer":"a b"})"
      "\n"
      R"({"messages":[{"role":"user","content":"What is 1 + 2?"}],"task":"addition","answer":"3"})"
      "\n");
  choose("synth", root());
  expect_perfect();
}

TEST_F(RunTest, GoldAnswersScore100OnTheRealGsm8k) {
  TESS2_SHARED_OR_SKIP(shared, "data");
  choose("gsm8k", shared);
  EXPECT_EQ(items_.size(), 1319U);
  expect_perfect();
}

TEST_F(RunTest, ChainsScore100OnTheRealGsm8k) {
  TESS2_SHARED_OR_SKIP(shared, "data");
  choose("gsm8k_symbolic", shared);
  std::map<std::uint64_t, std::string> chains;
  for (const Item& item : items_) {
    chains[prompt_seed(kSeed, item.index)] =
        item.fields.at("chain") + " #### " + item.fields.at("answer");
  }
  ToldAnswerer gold(std::move(chains), tokenizer());
  answer(gold);
  expect_full_score(score());
}

TEST_F(RunTest, GoldAnswersScore100OnTheRealBbh) {
  TESS2_SHARED_OR_SKIP(shared, "data");
  choose("bbh", shared);
  EXPECT_EQ(items_.size(), 6511U);
  expect_perfect();
  EXPECT_THAT(score().subtasks, SizeIs(27));
}

// No text is known to follow every instruction, but the official responses have official verdicts:
// those that follow all of theirs are gold, and all of them must score as they do officially.
class IfevalRunTest : public RunTest {
 protected:
  using Keep = std::function<bool(const std::vector<bool>& strict)>;

  // Asks the prompts whose official response `keep` likes, and answers with that.
  void ask_official_responses(const std::filesystem::path& shared,
                              const std::filesystem::path& golden, const Keep& keep) {
    choose("ifeval", shared);
    EXPECT_EQ(items_.size(), 540U);
    std::map<std::string, nlohmann::json> official;
    for (auto& row : nlohmann::json::parse(read_text_file(golden))) {
      if (keep(row["strict"])) official[row["prompt"]] = row;
    }
    std::erase_if(items_,
                  [&](const Item& item) { return !official.contains(item.gold["prompt"]); });
    std::map<std::uint64_t, std::string> outputs;
    for (const Item& item : items_) {
      const auto& row = official.at(item.gold["prompt"]);
      outputs[prompt_seed(kSeed, item.index)] = row["response"];
    }
    ToldAnswerer answerer(outputs, tokenizer());
    answer(answerer);
  }
};

TEST_F(IfevalRunTest, ResponsesThatFollowAllTheirInstructionsScore100) {
  TESS2_SHARED_OR_SKIP(shared, "data");
  TESS2_SHARED_OR_SKIP(golden, "golden/metrics/ifeval_official.json");
  ask_official_responses(shared, golden, [](const std::vector<bool>& strict) {
    return std::ranges::all_of(strict, std::identity());
  });
  EXPECT_EQ(items_.size(), 228U);
  expect_full_score(score());
}

TEST_F(IfevalRunTest, OfficialResponsesScoreAsTheyDoOfficially) {
  TESS2_SHARED_OR_SKIP(shared, "data");
  TESS2_SHARED_OR_SKIP(golden, "golden/metrics/ifeval_official.json");
  double followed = 0.0;
  double all = 0.0;
  ask_official_responses(shared, golden, [&](const std::vector<bool>& strict) {
    followed += static_cast<double>(std::ranges::count(strict, true));
    all += static_cast<double>(strict.size());
    return true;
  });
  EXPECT_EQ(items_.size(), 300U);
  EXPECT_EQ(score().measures.at(1).name, "instruction_strict");
  EXPECT_DOUBLE_EQ(score().measures.at(1).value, followed / all);
}

class SmallRunTest : public RunTest {
 protected:
  SmallRunTest() {
    std::string lines;
    for (int i = 0; i < 7; ++i) {
      lines += R"({"question": "What is )" + std::to_string(i) + R"(?", "answer": "It is.\n#### )" +
               std::to_string(i) + "\"}\n";
    }
    write("data/gsm8k/test.jsonl", lines);
    write("data/gsm8k/train.jsonl.gz", kSmallGsm8k);
    choose("gsm8k", root());
  }
};

TEST_F(SmallRunTest, KeepsWhatDerivesTheScoreAgain) {
  ToldAnswerer gold(gold_outputs(), tokenizer());
  answer(gold);
  Records records = read_records(path("out"), info());
  ASSERT_THAT(records, SizeIs(7));
  const TaskRecord& record = records.at(2);
  EXPECT_THAT(record.prompt, HasSubstr("Question: What is 2?\n<|assistant|>\nAnswer:"));
  EXPECT_EQ(record.output, " It is. The answer is 2.");
  EXPECT_EQ(record.seed, prompt_seed(kSeed, 2));
  EXPECT_EQ(record.steps, 100);
  EXPECT_EQ(record.shots, 3);
  EXPECT_EQ(judge_again(task_.metric, {}, records), 0);
  records.at(2).output = "5";
  EXPECT_EQ(judge_again(task_.metric, {}, records), 1);
  EXPECT_EQ(records.at(2).verdict->measures.at(0).value, 0.0);
}

TEST_F(SmallRunTest, AnInterruptedRunGoesOn) {
  ToldAnswerer first(gold_outputs(), tokenizer());
  TaskRunOptions options;
  options.batch = 2;
  options.stop = [&] { return first.asked().size() >= 4; };
  answer(first, options);
  EXPECT_EQ(score().missing, "4 of 7 records are answered");
  EXPECT_THAT(score().measures, IsEmpty());
  ToldAnswerer second(gold_outputs(), tokenizer());
  std::vector<std::int64_t> told;
  options.stop = {};
  options.on_batch = [&](std::int64_t done, std::int64_t) { told.push_back(done); };
  answer(second, options);
  EXPECT_THAT(second.asked(), SizeIs(3));
  EXPECT_EQ(told, (std::vector<std::int64_t>{4, 6, 7}));
  expect_full_score(score());
  ToldAnswerer third({}, tokenizer());
  answer(third);
  EXPECT_THAT(third.asked(), IsEmpty());
}

TEST_F(SmallRunTest, ProcessesShareATask) {
  TaskRunOptions options;
  std::size_t asked = 0;
  for (const std::int64_t number : {2, 1, 3}) {
    options.shard = {number, 3};
    ToldAnswerer gold(gold_outputs(), tokenizer());
    answer(gold, options);
    asked += gold.asked().size();
    EXPECT_EQ(score().missing.empty(), asked == 7);
  }
  EXPECT_EQ(asked, 7U);
  expect_full_score(score());
}

TEST_F(SmallRunTest, RecordsOfOtherDataAreRefused) {
  ToldAnswerer gold(gold_outputs(), tokenizer());
  answer(gold);
  items_[1].gold["answer"] = "99";
  EXPECT_EQ(error_of([&] { answer(gold); }),
            "out/records-1-of-1.jsonl: line 2: index: expected a record of this run's data and "
            "seed, found 1");
}

TEST_F(SmallRunTest, AQuestionWithoutRoomCountsAsWrong) {
  ToldAnswerer gold(gold_outputs(), tokenizer());
  task_.length = 10;
  answer(gold);
  EXPECT_THAT(gold.asked(), IsEmpty());
  EXPECT_EQ(score().too_long, 7);
  EXPECT_EQ(score().measures.at(0).value, 0.0);
}

}  // namespace
}  // namespace tess2::eval
