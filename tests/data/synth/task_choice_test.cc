#include "data/synth/task_choice.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace tess2::data::synth {
namespace {

using test_support::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// "copy 1, path 3"
std::string chosen(const std::vector<std::string>& entries) {
  std::string text;
  for (const auto& [family, turns] : choose_tasks(entries)) {
    text += (text.empty() ? "" : ", ") + std::string(family->name) + " " + std::to_string(turns);
  }
  return text;
}

TEST(TaskChoice, TakesFamiliesAndSets) {
  EXPECT_EQ(chosen({"sort", "copy"}), "sort 1, copy 1");
  EXPECT_EQ(chosen({"planning"}), "countdown 1, sudoku 1, multiplication 1, circuit 1, path 1");
  EXPECT_EQ(chosen({}), chosen({"basic"}));
  EXPECT_EQ(chosen({"basic"}),
            "copy 1, reverse 1, sort 1, count 1, addition 1, multiplication 1, boolean 1, date 1, "
            "swap 1, question 1, story 1");
}

TEST(TaskChoice, EveryFamilyIsInASet) {
  EXPECT_THAT(choose_tasks(std::vector<std::string>{"basic", "arithmetic", "planning"}),
              SizeIs(task_families().size()));
}

TEST(TaskChoice, ALaterEntryWins) {
  EXPECT_EQ(chosen({"path=3", "copy=2"}), "path 3, copy 2");
  EXPECT_EQ(chosen({"planning", "sudoku=4"}),
            "countdown 1, sudoku 4, multiplication 1, circuit 1, path 1");
  EXPECT_EQ(chosen({"sudoku=4", "planning=2"}),
            "sudoku 2, countdown 2, multiplication 2, circuit 2, path 2");
  EXPECT_EQ(chosen({"copy", "copy"}), "copy 1");
}

TEST(TaskChoice, RefusesOtherNamesAndTurns) {
  const auto error = [](const std::string& entry) {
    return error_of([&] { choose_tasks(std::vector<std::string>{"copy", entry}); });
  };
  EXPECT_THAT(error("planing"), HasSubstr("unknown task 'planing' (did you mean planning?)"));
  EXPECT_THAT(error("sudoko=2"), HasSubstr("unknown task 'sudoko' (did you mean sudoku?)"));
  for (const char* entry : {"path=0", "path=", "path=x", "path=-1", "path=2.5", "path=1001",
                            "path= 3", "path=3=4", "path=99999999999999999999"}) {
    EXPECT_EQ(error(entry),
              "task '" + std::string(entry) + "': expected 1 to 1000 turns after the =");
  }
  EXPECT_THROW(choose_tasks(std::vector<std::string>{"path=0"}), UsageError);
}

TEST(TaskChoice, SharesOutByTurns) {
  const auto shares = [](std::int64_t total, const std::vector<std::string>& entries) {
    return share_out(total, choose_tasks(entries));
  };
  EXPECT_THAT(shares(10, {"copy", "sort", "path"}), ElementsAre(4, 3, 3));
  EXPECT_THAT(shares(12, {"copy", "sort=2", "path=3"}), ElementsAre(2, 4, 6));
  EXPECT_THAT(shares(9, {"copy", "sort=2", "path=3"}), ElementsAre(2, 4, 3));
  EXPECT_THAT(shares(1, {"copy", "sort"}), ElementsAre(1, 0));
  EXPECT_THAT(shares(0, {"copy=7"}), ElementsAre(0));
}

}  // namespace
}  // namespace tess2::data::synth
