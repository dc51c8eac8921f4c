#include "eval/harness/record_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/harness/harness_test_support.h"

namespace tess2::eval {
namespace {

using testing::ElementsAre;
using testing::Key;

class RecordFolderTest : public HarnessTest {
 protected:
  RecordFolderTest() {
    info_.task = "t";
    info_.task_yaml = "metric: bbh\n";
    info_.settings = "ab";
    info_.seed = 3;
    info_.records = 2;
  }
  static TaskRecord record(std::size_t index, const std::string& settings = "ab") {
    TaskRecord record;
    record.index = index;
    record.gold = nlohmann::json::object();
    record.settings = settings;
    return record;
  }

  TaskRunInfo info_;
};

TEST(Shard, TakesEachNthRecord) {
  const Shard shard = parse_shard("2/3", "--shard");
  EXPECT_FALSE(shard.has(0));
  EXPECT_TRUE(shard.has(1));
  EXPECT_TRUE(shard.has(4));
  for (const char* wrong : {"", "1", "0/2", "3/2", "a/b", "1/0", "-1/2", "1/2/3"}) {
    EXPECT_EQ(test_support::error_of([&] { parse_shard(wrong, "--shard"); }),
              std::string("--shard: expected I/N with I from 1 to N, found ") + wrong);
  }
}

TEST_F(RecordFolderTest, TheRunIsKeptAndOnlyGoesOnAsItself) {
  keep_run_info(info_, path("out/t"));
  EXPECT_EQ(read_run_info(path("out/t")), info_);
  TaskRunInfo other = info_;
  other.model = "elsewhere";
  EXPECT_NO_THROW(keep_run_info(other, path("out/t")));
  other.limit = 5;
  EXPECT_EQ(error_of([&] { keep_run_info(other, path("out/t")); }),
            "out/t/run.json: limit: expected 5 of this run (another --output begins anew), found "
            "0");
}

TEST_F(RecordFolderTest, ADamagedRunIsTold) {
  write("out/run.json", "{");
  EXPECT_EQ(error_of([&] { read_run_info(path("out")); }),
            "out/run.json: expected a JSON object, found something else");
  write("out/run.json", R"({"task": 1})");
  EXPECT_EQ(error_of([&] { read_run_info(path("out")); }),
            "out/run.json: task: expected text, found 1");
  EXPECT_EQ(error_of([&] { read_run_info(path("none")); }),
            "none/run.json: cannot be opened: No such file or directory");
}

TEST_F(RecordFolderTest, RecordsOfAllProcessesAreOne) {
  std::filesystem::create_directory(path("out"));
  RecordFile first(path("out"), {1, 2}, "t");
  RecordFile second(path("out"), {2, 2}, "t");
  first.append({record(0), record(2)});
  second.append({record(1)});
  EXPECT_THAT(read_records(path("out"), info_), ElementsAre(Key(0), Key(1), Key(2)));
}

TEST_F(RecordFolderTest, AShardBelongsToOneProcess) {
  std::filesystem::create_directory(path("out"));
  const RecordFile file(path("out"), {1, 2}, "t");
  EXPECT_EQ(error_of([&] {
              RecordFile(path("out"), {1, 2}, "t");
            }),
            "out/records-1-of-2.jsonl: cannot be written: another process has it open");
}

TEST_F(RecordFolderTest, ALineThatBreaksOffIsLeftOutAndThenCutOff) {
  const std::string line = record_line(record(0), "t");
  write("out/records-1-of-1.jsonl", line + line.substr(0, 20));
  EXPECT_THAT(read_records(path("out"), info_), ElementsAre(Key(0)));
  RecordFile(path("out"), {1, 1}, "t").append({record(1)});
  EXPECT_THAT(read_records(path("out"), info_), ElementsAre(Key(0), Key(1)));
}

TEST_F(RecordFolderTest, ARecordOfAnotherRunNamesItsLine) {
  write("out/records-1-of-1.jsonl",
        record_line(record(0), "t") + record_line(record(1, "cd"), "t"));
  EXPECT_EQ(error_of([&] { read_records(path("out"), info_); }),
            "out/records-1-of-1.jsonl: line 2: settings: expected ab of this run, found cd");
  write("out/records-1-of-1.jsonl", "[]\n");
  EXPECT_EQ(error_of([&] { read_records(path("out"), info_); }),
            "out/records-1-of-1.jsonl: line 1: expected a JSON object, found a value of type "
            "array");
}

}  // namespace
}  // namespace tess2::eval
