#include "eval/harness/items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/harness/harness_test_support.h"

namespace tess2::eval {
namespace {

using nlohmann::json;
using testing::ElementsAre;

class ItemsTest : public HarnessTest {
 protected:
  std::vector<Item> read(DataFormat format, const std::string& name, std::string_view content) {
    return read_items(format, write(name, content), "sub");
  }
  std::string read_error(DataFormat format, std::string_view content) {
    return error_of([&] { read(format, "f", content); });
  }
};

TEST_F(ItemsTest, Gsm8kSolutionsComeWithoutTheCalculatorsMarks) {
  const auto items = read(DataFormat::kGsm8k, "g.jsonl", kSmallGsm8k);
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0].fields.at("solution"), "It is 2+2=4.");
  EXPECT_EQ(items[0].fields.at("chain"), "<<2+2=4>>");
  EXPECT_EQ(items[1].gold, (json{{"answer", "2000"}}));
  EXPECT_EQ(items[1].subtask, "sub");
  EXPECT_EQ(items[1].place.number, 2U);
}

TEST_F(ItemsTest, SquadHasAQuestionForEachOfAParagraph) {
  const auto items = read(DataFormat::kSquad, "s.json", kSmallSquad);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[1].fields.at("question"), "Where does it end?");
  EXPECT_EQ(items[1].fields.at("context"), "The Oder is a river. It ends in a lagoon.");
  EXPECT_EQ(items[1].gold["answers"], (json{"in a lagoon", "lagoon"}));
  EXPECT_EQ(items[1].place.number, 4U);
}

TEST_F(ItemsTest, TriviaQaTakesTheValueAndItsAliases) {
  const auto items = read(DataFormat::kTriviaQa, "t.json", kSmallTriviaQa);
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0].gold["answers"], (json{"The Dead Sea", "Dead Sea", "Salt Sea"}));
  EXPECT_EQ(items[1].place.number, 4U);
}

TEST_F(ItemsTest, MmluRowsHaveTheirChoices) {
  const auto items = read(DataFormat::kMmlu, "m.csv", kSmallMmlu);
  ASSERT_EQ(items.size(), 5U);
  EXPECT_EQ(items[1].fields.at("question"), "Which, of these, is a \"pet\"?");
  EXPECT_EQ(items[1].fields.at("b"), "dog");
  EXPECT_EQ(items[1].gold, (json{{"answer", "B"}}));
}

TEST_F(ItemsTest, InstructionsNameTheirOwnSubtask) {
  const auto items =
      read(DataFormat::kInstructions, "i.jsonl",
           R"({"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":)"
           R"("Copy: a"},{"role":"assistant","content":"a"}],"task":"copy","answer":"a"})");
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].subtask, "copy");
  EXPECT_EQ(items[0].fields.at("question"), "Copy: a");
  EXPECT_EQ(items[0].context, (std::vector<text::Message>{{"system", "Be brief."}}));
}

TEST_F(ItemsTest, ARecordWithoutAnAnswerNamesFileAndLine) {
  const std::string good = std::string(kSmallGsm8k);
  EXPECT_EQ(read_error(DataFormat::kGsm8k, good + R"({"question": "q"})"),
            "f: line 4: answer: expected a string, found nothing");
  EXPECT_EQ(read_error(DataFormat::kGsm8k, R"({"question": "q", "answer": "4"})"),
            "f: line 1: answer: expected a solution that ends with `#### ` and a number, found "
            "none");
  EXPECT_EQ(read_error(DataFormat::kBbh, "{\"examples\": [\n{\"input\": \"a\"}]}"),
            "f: line 2: target: expected a string, found nothing");
  EXPECT_EQ(read_error(DataFormat::kBbh, "{\"examples\": [{\"input\": \"\", \"target\": \" \"}]}"),
            "f: line 1: target: expected an answer, found empty text");
  EXPECT_EQ(read_error(DataFormat::kSquad,
                       "{\"data\": [{\"title\": \"\", \"paragraphs\": [{\"context\": \"\",\n"
                       "\"qas\": [\n{\"id\": \"\", \"question\": \"\", \"answers\": []}]}]}]}"),
            "f: line 3: answers: expected at least one answer, found none");
  EXPECT_EQ(read_error(DataFormat::kTriviaQa, "{\"Data\": [\n{\"Question\": \"q\"}]}"),
            "f: line 2: Answer: expected an object, found nothing");
  EXPECT_EQ(read_error(DataFormat::kTriviaQa,
                       R"({"Data": [{"Question": "q", "Answer": {"Value": "a", "Aliases": []}}]})"),
            "f: line 1: Aliases: expected a list of at least one text, found []");
  EXPECT_EQ(read_error(DataFormat::kMmlu, "q,1,2,3,4,A\nq,1,2,3,4,\n"),
            "f: line 2: answer: expected A, B, C or D, found nothing");
  EXPECT_EQ(read_error(DataFormat::kMmlu, "q,1,2,3,A\n"),
            "f: line 1: expected question, four choices and the answer, found 5 cells");
  EXPECT_EQ(read_error(DataFormat::kHumanEval, R"({"task_id": "t", "prompt": "p"})"),
            "f: line 1: test: expected a string, found nothing");
  EXPECT_EQ(read_error(DataFormat::kAlpacaEval,
                       "[{\"instruction\": \"a\", \"dataset\": \"b\", \"output\": \"c\"},\n"
                       "{\"instruction\": \"a\", \"dataset\": \"b\"}]"),
            "f: line 2: output: expected a string, found nothing");
  EXPECT_EQ(read_error(DataFormat::kIfeval, R"({"prompt": "p", "kwargs": []})").substr(0, 33),
            "f: line 1: instruction_id_list: e");
  EXPECT_EQ(read_error(DataFormat::kBbh, R"({"examples": []})"),
            "f: expected at least one record, found none");
}

TEST_F(ItemsTest, ATaskTakesItsSubtasksInOrderAndLimitsEach) {
  write("data/m/b_test.csv", kSmallMmlu);
  write("data/m/a_test.csv", kSmallMmlu);
  write("data/m/readme.txt", "no table");
  Task task;
  task.data = {"m/*_test.csv", DataFormat::kMmlu};
  const auto all = read_task_items(task, root(), 0);
  EXPECT_EQ(all.size(), 10U);
  const auto some = read_task_items(task, root(), 2);
  ASSERT_EQ(some.size(), 4U);
  EXPECT_EQ(some[1].subtask, "a");
  EXPECT_EQ(some[2].subtask, "b");
  EXPECT_EQ(some[2].index, 5U);
  EXPECT_EQ(some[2].gold, all[5].gold);
}

TEST_F(ItemsTest, MissingDataIsToldByItsPath) {
  Task task;
  task.data = {"m/*_test.csv", DataFormat::kMmlu};
  EXPECT_EQ(error_of([&] { read_task_items(task, root(), 0); }),
            "data/m: cannot be opened: No such file or directory");
  write("data/m/other.csv", kSmallMmlu);
  EXPECT_EQ(error_of([&] { read_task_items(task, root(), 0); }),
            "data/m/*_test.csv: no file has such a name");
  task.data = {"g.jsonl", DataFormat::kGsm8k};
  EXPECT_EQ(error_of([&] { read_task_items(task, root(), 0); }),
            "data/g.jsonl: cannot be opened: No such file or directory");
}

}  // namespace
}  // namespace tess2::eval
