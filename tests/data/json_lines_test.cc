#include "data/json_lines.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "data/fixtures.h"

namespace tess2::data {
namespace {

using nlohmann::json;
using ::testing::EndsWith;

class JsonLines : public FolderTest {
 protected:
  std::string problem_of(std::string_view content) const {
    const auto file = write("a.jsonl", content);
    const std::string message =
        error_of([&] { for_each_json_line(file, [](const json&, const LinePlace&) {}); });
    EXPECT_TRUE(message.starts_with(file.string())) << message;
    return message.substr(file.string().size());
  }
};

const LinePlace kPlace{"data.jsonl", 7};

TEST_F(JsonLines, GivesEachObjectWithItsLine) {
  const auto file = write("a.jsonl", "{\"n\": 1}\n\n  \n{\"n\": 2}\n");
  std::vector<std::pair<int, std::size_t>> seen;
  for_each_json_line(file, [&](const json& object, const LinePlace& place) {
    seen.emplace_back(object.at("n").get<int>(), place.number);
  });
  EXPECT_THAT(seen, ::testing::ElementsAre(std::pair(1, 1), std::pair(2, 4)));
}

TEST_F(JsonLines, NamesTheMalformedLine) {
  EXPECT_EQ(
      problem_of("{}\n{\"a\": \n"),
      ": line 2: expected a JSON object, found text that breaks off or is malformed at byte 7");
  EXPECT_EQ(problem_of("{}\n\n[1]\n"),
            ": line 3: expected a JSON object, found a value of type array");
  EXPECT_EQ(
      problem_of("{\"a\": \"\xff\"}\n"),
      ": line 1: expected a JSON object, found text that breaks off or is malformed at byte 8");
  EXPECT_EQ(problem_of("{\"a\": 1e999}\n"),
            ": line 1: expected a JSON object, found a number too large to hold");
  EXPECT_EQ(problem_of(""), ": expected JSON lines, found an empty file");
  EXPECT_EQ(problem_of("\n\n"), ": expected JSON lines, found an empty file");
}

TEST_F(JsonLines, NamesTheMissingOrWrongField) {
  EXPECT_EQ(string_field(json{{"a", "x"}}, "a", kPlace), "x");
  EXPECT_EQ(error_of([] { string_field(json::object(), "a", kPlace); }),
            "data.jsonl: line 7: a: expected a string, found nothing");
  EXPECT_EQ(error_of([] {
              string_field(json{{"a", 3}}, "a", kPlace);
            }),
            "data.jsonl: line 7: a: expected a string, found a value of type number");
}

TEST_F(JsonLines, ReadsMessages) {
  const json object{{"m", {{{"role", "user"}, {"content", "hi"}, {"id", 3}}}}};
  EXPECT_THAT(messages_field(object, "m", kPlace),
              ::testing::ElementsAre(text::Message{"user", "hi"}));
}

TEST_F(JsonLines, NamesTheWrongMessage) {
  const auto problem = [](const json& messages) {
    return error_of([&] { messages_field(json{{"m", messages}}, "m", kPlace); });
  };
  EXPECT_EQ(problem("text"),
            "data.jsonl: line 7: m: expected a list of messages, found a value of type string");
  EXPECT_EQ(problem(json::array({"text"})),
            "data.jsonl: line 7: m[0]: expected an object, found a value of type string");
  EXPECT_EQ(problem(json::array({{{"role", "user"}}})),
            "data.jsonl: line 7: m[0].content: expected a string, found nothing");
  EXPECT_THAT(problem(json::array()),
              EndsWith("expected a dialogue, found a dialogue without messages"));
  EXPECT_THAT(problem(json::array({{{"role", "assistant"}, {"content", "hi"}}})),
              EndsWith("expected role \"user\", found \"assistant\""));
}

}  // namespace
}  // namespace tess2::data
