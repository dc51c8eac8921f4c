#include "app/option_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace tess2::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class OptionSetTest : public testing::Test {
 protected:
  OptionSetTest() {
    options_.positional("MODEL", model_, "checkpoint to read");
    options_.optional_positional("COUNT", count_, "how many");
    options_.flag("-a,--ar", ar_, "autoregressive");
    options_.option("-l,--length", length_, "N", "positions");
    options_.option("--top-p", top_p_, "P", "nucleus");
    options_.repeated("--set", assignments_, "KEY=VALUE", "set a key");
  }

  void parse(const std::vector<std::string>& arguments) {
    options_.parse(arguments);
    options_.check();
  }

  std::string error(const std::vector<std::string>& arguments) {
    try {
      parse(arguments);
    } catch (const UsageError& usage_error) {
      return usage_error.what();
    }
    return "no error";
  }

  OptionSet options_;
  std::filesystem::path model_;
  std::int64_t count_ = 3;
  bool ar_ = false;
  std::int64_t length_ = 64;
  std::optional<double> top_p_;
  std::vector<std::string> assignments_;
};

TEST_F(OptionSetTest, FillsThePlaces) {
  parse({"--ar", "-l", "128", "my model", "--top-p=0.5", "7"});
  EXPECT_EQ(model_, "my model");
  EXPECT_EQ(count_, 7);
  EXPECT_TRUE(ar_);
  EXPECT_EQ(length_, 128);
  EXPECT_EQ(top_p_, 0.5);
}

TEST_F(OptionSetTest, WhatIsNotGivenKeepsItsValue) {
  parse({"model"});
  EXPECT_EQ(count_, 3);
  EXPECT_FALSE(ar_);
  EXPECT_EQ(length_, 64);
  EXPECT_EQ(top_p_, std::nullopt);
}

TEST_F(OptionSetTest, RepeatedOptionsTakeOneValueEach) {
  parse({"--set", "a=1", "--set", "b=[1, 2]", "model", "--set=c="});
  EXPECT_THAT(assignments_, ElementsAre("a=1", "b=[1, 2]", "c="));
  EXPECT_EQ(model_, "model");
}

TEST_F(OptionSetTest, AfterTwoDashesNothingIsAnOption) {
  parse({"--", "--ar"});
  EXPECT_EQ(model_, "--ar");
  EXPECT_FALSE(ar_);
}

TEST_F(OptionSetTest, UnknownOptionsNameTheNearest) {
  EXPECT_EQ(error({"model", "--lenght", "5"}), "unknown option --lenght (did you mean --length?)");
  EXPECT_EQ(error({"model", "--sett=a=1"}), "unknown option --sett (did you mean --set?)");
}

TEST_F(OptionSetTest, WrongValuesTellWhatIsExpected) {
  EXPECT_EQ(error({"model", "--length", "long"}), "--length: expected integer, found long");
  EXPECT_EQ(error({"model", "--top-p", "inf"}), "--top-p: expected number, found inf");
  EXPECT_EQ(error({"model", "few"}), "COUNT: expected integer, found few");
  EXPECT_EQ(error({""}), "MODEL: expected path, found empty text");
}

TEST_F(OptionSetTest, ArgumentsMustBeAsManyAsDeclared) {
  EXPECT_EQ(error({"--ar"}), "MODEL: expected an argument, found nothing");
  EXPECT_EQ(error({"model", "3", "extra"}), "unexpected argument extra");
  EXPECT_THAT(error({"model", "--length"}), HasSubstr("--length"));
  EXPECT_THAT(error({"model", "-l", "1", "-l", "2"}), HasSubstr("--length"));
}

TEST_F(OptionSetTest, DescribesWhatWasDeclared) {
  ASSERT_EQ(options_.options().size(), 4u);
  EXPECT_EQ(options_.options()[0].spelling, "-a, --ar");
  EXPECT_EQ(options_.options()[1].spelling, "-l, --length N");
  EXPECT_EQ(options_.options()[3].help, "set a key (may be repeated)");
  ASSERT_EQ(options_.positionals().size(), 2u);
  EXPECT_EQ(options_.positionals()[1].spelling, "COUNT");
  EXPECT_EQ(options_.positionals()[1].help, "how many (may be left out)");
}

TEST(OptionSetPositionalsLeft, TakesAllThatFollow) {
  OptionSet options;
  std::filesystem::path out;
  std::vector<std::string> files;
  bool all = false;
  options.positional("OUT", out, "folder");
  options.positionals_left("FILE", files, "files");
  options.flag("--all", all, "everything");
  options.parse(std::vector<std::string>{"a", "b", "--all", "c d"});
  options.check();
  EXPECT_EQ(out, "a");
  EXPECT_THAT(files, ElementsAre("b", "c d"));
  EXPECT_EQ(options.positionals()[1].spelling, "FILE...");
}

TEST(OptionSetPositionalsLeft, WantsOneAtLeast) {
  OptionSet options;
  std::vector<std::string> files;
  options.positionals_left("FILE", files, "files");
  options.parse({});
  EXPECT_THROW(options.check(), UsageError);
}

}  // namespace
}  // namespace tess2::app
