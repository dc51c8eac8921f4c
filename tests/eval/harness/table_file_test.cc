#include "eval/harness/table_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/harness/harness_test_support.h"

namespace tess2::eval {
namespace {

using testing::ElementsAre;

class TableFileTest : public HarnessTest {};

TEST_F(TableFileTest, CellsMayStandInQuotes) {
  const auto rows = read_table(write("a.csv", "a,,c\r\n\n\"x, \"\"y\"\"\n\nz\",\"\",2\nlast,\n"));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[0].cells, ElementsAre("a", "", "c"));
  EXPECT_THAT(rows[1].cells, ElementsAre("x, \"y\"\n\nz", "", "2"));
  EXPECT_EQ(rows[1].place.number, 3U);
  EXPECT_THAT(rows[2].cells, ElementsAre("last", ""));
  EXPECT_EQ(rows[2].place.number, 6U);
}

TEST_F(TableFileTest, WhatIsWrongNamesTheLine) {
  EXPECT_EQ(error_of([&] { read_table(write("a.csv", "a\nb,\"c\nd\n")); }),
            "a.csv: line 2: expected a closing quote, found none");
  EXPECT_EQ(error_of([&] { read_table(write("a.csv", "\n")); }),
            "a.csv: expected rows of a table, found an empty file");
}

}  // namespace
}  // namespace tess2::eval
