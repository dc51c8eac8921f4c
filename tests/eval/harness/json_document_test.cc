#include "eval/harness/json_document.h"

#include <gtest/gtest.h>

#include "eval/harness/harness_test_support.h"

namespace tess2::eval {
namespace {

class JsonDocumentTest : public HarnessTest {};

TEST_F(JsonDocumentTest, ObjectsKnowTheirLine) {
  const JsonDocument document(
      write("a.json", "{\"z\": [{\"q\": \"a { \\\" {\"},\n\n {\"q\": 2}], \"a\":\n{\"b\": {}}}"));
  EXPECT_EQ(document.place(document.root()).number, 1U);
  EXPECT_EQ(document.place(document.root()["z"][0]).number, 1U);
  EXPECT_EQ(document.place(document.root()["z"][1]).number, 3U);
  EXPECT_EQ(document.place(document.root()["a"]).number, 4U);
  EXPECT_EQ(document.place(document.root()["a"]["b"]).number, 4U);
}

TEST_F(JsonDocumentTest, ALineIsOnlySaidWhereItIsKnown) {
  const JsonDocument document(write("a.json", "[{\"a\": {},\n\"a\": {}},\n{}]"));
  EXPECT_EQ(document.place(document.root()[1]).number, 1U);
}

TEST_F(JsonDocumentTest, WhatIsWrongNamesTheLine) {
  EXPECT_EQ(error_of([&] { JsonDocument(write("a.json", "{\n\"a\": [1,\n}")); }),
            "a.json: line 3: expected JSON, found text that breaks off or is malformed");
  EXPECT_EQ(error_of([&] { JsonDocument(path("none.json")); }),
            "none.json: cannot be opened: No such file or directory");
  const JsonDocument document(write("a.json", "[\n{\"a\": 1}]"));
  const auto& object = document.root()[0];
  EXPECT_EQ(error_of([&] { document.array(object, "a"); }),
            "a.json: line 2: a: expected a list, found a value of type number");
  EXPECT_EQ(error_of([&] { document.array(object, "b"); }),
            "a.json: line 2: b: expected a list, found nothing");
  EXPECT_EQ(error_of([&] { document.array(object, ""); }),
            "a.json: line 2: expected a list, found a value of type object");
  EXPECT_EQ(error_of([&] { document.array(document.root(), "a"); }),
            "a.json: line 1: expected an object, found a value of type array");
}

}  // namespace
}  // namespace tess2::eval
