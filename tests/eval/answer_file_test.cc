#include "eval/answer_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/text_test_support.h"

namespace tess2::eval {
namespace {

constexpr const char* kFirst =
    "{\"index\":0,\"id\":\"a\",\"prompt\":\"say "
    "\\\"x\\\"\",\"text\":\"x\",\"tokens\":[5,6],\"steps\":3,"
    "\"seconds\":0.25,\"seed\":7,\"settings\":\"s1\"}\n";
constexpr const char* kSecond =
    "{\"index\":1,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"text\":\"b\xef\xbf\xbd\","
    "\"tokens\":[],\"steps\":4,\"seconds\":0.0,\"seed\":8,\"settings\":\"s1\"}\n";

class AnswerFileTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_.path() / "a.jsonl"; }
  std::string content() const { return read_text_file(file()); }
  AnswerFile open(const std::string& settings = "s1") const {
    return AnswerFile(file(), records_, settings);
  }
  std::string error(const std::string& lines, const std::string& settings = "s1") {
    folder_.write("a.jsonl", lines);
    const std::string message = text::error_of<FormatError>([&] { open(settings); });
    EXPECT_EQ(content(), lines) << "what is refused is left alone";
    return message.substr(message.find("a.jsonl"));
  }

  text::TemporaryFolder folder_;
  std::vector<PromptRecord> records_{{"\"a\"", "say \"x\"", {}, 7, {}},
                                     {"", "", {{"user", "hi"}}, 8, {}},
                                     {"", "more", {}, 9, {}}};
  const Reply first_{{5, 6}, "x", 3, 0.2504};
  const Reply second_{{}, "b\xff", 4, 0.0};
};

TEST_F(AnswerFileTest, KeepsALineAnAnswer) {
  AnswerFile answers = open();
  EXPECT_EQ(answers.done(), 0U);
  answers.append({first_, second_});
  EXPECT_EQ(answers.done(), 2U);
  EXPECT_EQ(content(), std::string(kFirst) + kSecond);
}

TEST_F(AnswerFileTest, GoesOnWhereItWasLeft) {
  open().append({first_});
  AnswerFile answers = open();
  EXPECT_EQ(answers.done(), 1U);
  answers.append({second_});
  EXPECT_EQ(content(), std::string(kFirst) + kSecond);
}

TEST_F(AnswerFileTest, ALineThatBreaksOffIsCutOff) {
  for (const std::size_t left :
       {std::size_t{1}, std::size_t{40}, std::string(kSecond).size() - 1}) {
    folder_.write("a.jsonl", kFirst + std::string(kSecond).substr(0, left));
    AnswerFile answers = open();
    EXPECT_EQ(answers.done(), 1U);
    answers.append({second_});
    EXPECT_EQ(content(), std::string(kFirst) + kSecond);
  }
}

TEST_F(AnswerFileTest, RefusesTheAnswersOfAnotherRun) {
  const std::string hint = " of this run (another --output begins anew), found ";
  EXPECT_EQ(error(kFirst, "s2"), "a.jsonl: line 1: settings: expected \"s2\"" + hint + "\"s1\"");
  EXPECT_EQ(error(kSecond), "a.jsonl: line 1: index: expected 0" + hint + "1");
  records_[1].seed = 5;
  EXPECT_EQ(error(std::string(kFirst) + kSecond), "a.jsonl: line 2: seed: expected 5" + hint + "8");
  records_[0].prompt = "say y";
  EXPECT_EQ(error(kFirst),
            "a.jsonl: line 1: prompt: expected \"say y\"" + hint + "\"say \\\"x\\\"\"");
  records_[0].id.clear();
  records_.resize(1);
  records_[0].prompt = "say \"x\"";
  EXPECT_EQ(error(std::string(kFirst) + kSecond),
            "a.jsonl: line 2: expected no more answers than prompts (1), found another one");
  EXPECT_THAT(error("[1]\n"), testing::HasSubstr("a.jsonl: line 1: expected a JSON object"));
}

}  // namespace
}  // namespace tess2::eval
