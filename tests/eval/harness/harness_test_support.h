// A model that answers as it is told to, and small data files in the published formats.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "eval/answerer.h"
#include "eval/harness/items.h"
#include "eval/harness/run.h"
#include "support/temporary_folder.h"
#include "text/text_test_support.h"

namespace tess2::eval {

/// The answer that a record asks for, in the form in which the task's metric looks for it. IFEval
/// and AlpacaEval have none.
inline std::string gold_output(Metric metric, const Item& item) {
  const auto field = [&](const char* name) { return item.fields.at(name); };
  switch (metric) {
    case Metric::kGsm8k:
      return " " + field("solution") + " The answer is " + field("answer") + ".";
    case Metric::kBbh:
      return " Let's think step by step.\nSo the answer is " + field("target") + ".";
    case Metric::kHumanEval:
      return field("solution");
    default:
      return " " + field("answer");
  }
}

/// Knows a prompt by its seed, and replies with the text that belongs to it.
class ToldAnswerer final : public Answerer {
 public:
  ToldAnswerer(std::map<std::uint64_t, std::string> outputs, const text::Tokenizer& tokenizer)
      : outputs_(std::move(outputs)), tokenizer_(tokenizer) {}

  std::vector<Reply> answer(const std::vector<generate::Prompt>& prompts) override {
    std::vector<Reply> replies;
    for (const generate::Prompt& prompt : prompts) {
      Reply reply;
      reply.ids = tokenizer_.encode_continuation(outputs_.at(prompt.seed));
      reply.text = tokenizer_.decode(reply.ids);
      reply.steps = 100;
      reply.seconds = 0.5;
      replies.push_back(reply);
      asked_.push_back(prompt);
    }
    return replies;
  }

  /// Prompts that were asked, in order.
  const std::vector<generate::Prompt>& asked() const { return asked_; }

 private:
  std::map<std::uint64_t, std::string> outputs_;
  const text::Tokenizer& tokenizer_;
  std::vector<generate::Prompt> asked_;
};

/// A test with a folder: `data` in it is the data root, `out` the run's folder.
class HarnessTest : public testing::Test {
 protected:
  std::filesystem::path path(std::string_view name) const { return folder_.path() / name; }
  std::filesystem::path root() const { return path("data"); }

  std::filesystem::path write(const std::string& name, std::string_view content) const {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

  /// What `action` throws, without the test's folder.
  template <class Action>
  std::string error_of(const Action& action) const {
    std::string message = test_support::error_of(action);
    const std::string folder = folder_.path().string() + "/";
    for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder)) {
      message.erase(at, folder.size());
    }
    return message;
  }

  const text::Tokenizer& tokenizer() const { return *tokenizer_; }

 private:
  test_support::TemporaryFolder folder_;
  std::unique_ptr<text::Tokenizer> tokenizer_ = text::small_padded_tokenizer();
};

inline constexpr const char* kSmallSquad = R"({"version": "1.1", "data": [
{"title": "Rivers", "paragraphs": [{"context": "The Oder is a river. It ends in a lagoon.", "qas": [
{"id": "q1", "question": "What is the Oder?", "answers": [{"text": "a river", "answer_start": 12}]},
{"id": "q2", "question": "Where does it end?",
 "answers": [{"text": "in a lagoon", "answer_start": 29}, {"text": "lagoon", "answer_start": 34}]}
]}]}]})";

inline constexpr const char* kSmallTriviaQa = R"({"Data": [
{"Question": "Which sea is salty?", "QuestionId": "t1", "SearchResults": [{"Title": "Seas"}],
 "Answer": {"Value": "The Dead Sea", "Aliases": ["Dead Sea", "Salt Sea"], "Type": "Wikipedia"}},
{"Question": "Who wrote it?", "QuestionId": "t2", "Answer": {"Value": "Bo", "Aliases": ["Bo"]}},
{"Question": "How many?", "QuestionId": "t3", "Answer": {"Value": "2", "Aliases": ["two", "2"]}}],
"Version": 1.0})";

inline constexpr const char* kSmallMmlu =
    "What is 1+1?,1,2,3,4,B\n"
    "\"Which, of these, is a \"\"pet\"\"?\",stone,dog,rain,sun,B\n"
    "Which is first?,a,b,c,d,A\n"
    "Which is third?,a,b,c,d,C\n"
    "Which is last?,a,b,c,d,D\n";

inline constexpr const char* kSmallHumanEval =
    R"({"task_id": "T/0", "prompt": "def add(a, b):\n    \"\"\"The sum.\"\"\"\n", )"
    R"("entry_point": "add", "canonical_solution": "    return a + b\n", )"
    R"("test": "def check(f):\n    assert f(1, 2) == 3\n"})"
    "\n"
    R"({"task_id": "T/1", "prompt": "def one():\n", "entry_point": "one", )"
    R"("canonical_solution": "    return 1\n", "test": "def check(f):\n    assert f() == 1\n"})"
    "\n";

inline constexpr const char* kSmallAlpacaEval = R"([
{"instruction": "Say hi.", "output": "Hi!", "generator": "reference", "dataset": "helpful_base"},
{"instruction": "Name a cat.", "output": "Tom", "generator": "reference", "dataset": "koala"}])";

inline constexpr const char* kSmallGsm8k =
    R"({"question": "2 and 2?", "answer": "It is 2+2=<<2+2=4>>4.\n#### 4"})"
    "\n"
    R"({"question": "1000 twice?", "answer": "1000*2=<<1000*2=2000>>2,000 \n#### 2,000"})"
    "\n"
    R"({"question": "One less than 0?", "answer": "0-1=<<0-1=-1>>-1\n#### -1"})"
    "\n";

}  // namespace tess2::eval
