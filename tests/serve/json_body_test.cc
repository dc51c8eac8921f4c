#include "serve/json_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/text_test_support.h"

namespace tess2::serve {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

std::string error_of_body(const std::string& body) {
  return text::error_of<ApiError>([&] { parse_body(body); });
}

TEST(ParseBody, GivesTheObject) {
  EXPECT_EQ(parse_body(" {\"a\": [1, {\"b\": null}]}\n"), (json{{"a", {1, {{"b", nullptr}}}}}));
}

TEST(ParseBody, RefusesWhatIsNotAJsonObject) {
  EXPECT_THAT(error_of_body(""), HasSubstr("found nothing"));
  EXPECT_THAT(error_of_body(" \n"), HasSubstr("found nothing"));
  EXPECT_THAT(error_of_body("{\"a\": 1"), HasSubstr("not JSON at byte"));
  EXPECT_THAT(error_of_body("{\"a\": 1} x"), HasSubstr("not JSON at byte"));
  EXPECT_THAT(error_of_body("{'a': 1}"), HasSubstr("not JSON at byte 2"));
  EXPECT_THAT(error_of_body("{\"a\": \"\\ud800\"}"), HasSubstr("not JSON"));
  EXPECT_THAT(error_of_body("[1]"), HasSubstr("found a list"));
  EXPECT_THAT(error_of_body("\"text\""), HasSubstr("found \"text\""));
  EXPECT_THAT(error_of_body("{\"a\": 1e999}"), HasSubstr("too large"));
}

TEST(ParseBody, RefusesBytesThatAreNotUtf8) {
  EXPECT_THAT(error_of_body("{\"a\": \"\xff\"}"), HasSubstr("expected UTF-8"));
  EXPECT_THAT(error_of_body("{\"a\": \"\xed\xa0\x80\"}"), HasSubstr("expected UTF-8"));
}

TEST(ParseBody, RefusesAKeyGivenTwice) {
  EXPECT_EQ(error_of_body("{\"seed\": 1, \"seed\": 2}"), "seed: the field is given twice");
  EXPECT_EQ(error_of_body("{\"x\": {\"a\": 1, \"a\": 1}}"), "a: the field is given twice");
  EXPECT_NO_THROW(parse_body("{\"x\": {\"a\": 1}, \"y\": {\"a\": 1}, \"a\": 1}"));
}

TEST(ParseBody, RefusesDeepNesting) {
  const auto nested = [](int depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_NO_THROW(parse_body(nested(kMaxBodyDepth)));
  EXPECT_THAT(error_of_body(nested(kMaxBodyDepth + 1)), HasSubstr("at most 32 nested values"));
  EXPECT_THAT(error_of_body(nested(100000)), HasSubstr("at most 32 nested values"));
}

TEST(Fields, ReadValuesAndTakeNullForAbsent) {
  const json object = {{"t", "x"}, {"b", true}, {"i", -3}, {"n", 0.5}, {"null", nullptr}};
  Fields fields(object, "");
  EXPECT_EQ(fields.text("t"), "x");
  EXPECT_EQ(fields.boolean("b"), true);
  EXPECT_EQ(fields.integer("i", -3, 3), -3);
  EXPECT_EQ(fields.number("n", 0, 1), 0.5);
  EXPECT_EQ(fields.number("i", -5, 1), -3.0);
  EXPECT_EQ(fields.text("null"), std::nullopt);
  EXPECT_EQ(fields.integer("absent", 0, 1), std::nullopt);
  EXPECT_NO_THROW(fields.refuse_unknown());
}

TEST(Fields, ErrorsNameTheFieldWithItsPath) {
  const json object = {{"t", 1}, {"i", 2.0}, {"n", "x"}, {"b", 0}, {"big", 18446744073709551615U}};
  Fields fields(object, "list[2]");
  const auto error = [&](auto read) { return text::error_of<ApiError>(read); };
  EXPECT_EQ(error([&] { fields.text("t"); }), "list[2].t: expected a text, found 1");
  EXPECT_EQ(error([&] { fields.integer("i", 0, 9); }),
            "list[2].i: expected an integer from 0 to 9, found 2.0");
  EXPECT_EQ(error([&] { fields.integer("big", 0, 9); }),
            "list[2].big: expected an integer from 0 to 9, found 18446744073709551615");
  EXPECT_EQ(error([&] { fields.number("n", 0, 1); }),
            "list[2].n: expected a number from 0.0 to 1.0, found \"x\"");
  EXPECT_EQ(error([&] { fields.boolean("b"); }), "list[2].b: expected true or false, found 0");
  EXPECT_EQ(error([&] { fields.required("gone"); }), "list[2].gone: it is required");
}

TEST(Fields, RefuseUnknownOnesNamingTheNearest) {
  const json object = {{"temprature", 1}};
  Fields fields(object, "");
  fields.number("temperature", 0, 1);
  fields.text("stop");
  EXPECT_EQ(text::error_of<ApiError>([&] { fields.refuse_unknown(); }),
            "temprature: unknown field (did you mean temperature?)");
  const json long_name = {{std::string(100000, 'x'), 1}};
  Fields other(long_name, "");
  EXPECT_THAT(text::error_of<ApiError>([&] { other.refuse_unknown(); }), StartsWith("xxx"));
}

TEST(Fields, RefuseWhatIsNotAnObject) {
  const json list = json::array();
  EXPECT_EQ(text::error_of<ApiError>([&] { Fields(list, "tess2"); }),
            "tess2: expected an object, found an empty list");
}

TEST(Dumped, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(dumped("a\xff"), "\"a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace tess2::serve
