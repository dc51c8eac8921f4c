#include "data/input_files.h"

#include <gmock/gmock.h>

#include "data/fixtures.h"

namespace tess2::data {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class InputFiles : public FolderTest {
 protected:
  std::vector<std::string> found(const std::string& input) const {
    std::vector<std::string> names;
    for (const auto& file : find_inputs((folder() / input).string())) {
      names.push_back(file.lexically_relative(folder()).string());
    }
    return names;
  }
  std::string problem(const std::string& input) const {
    const std::string message = error_of([&] { find_inputs((folder() / input).string()); });
    EXPECT_TRUE(message.starts_with(folder().string())) << message;
    return message.substr(folder().string().size() + 1);
  }
};

TEST_F(InputFiles, KindIsToldByTheName) {
  for (const char* name : {"a.jsonl", "a.json", "a.jsonl.gz", "a.json.zst"}) {
    EXPECT_EQ(input_kind(name), InputKind::kJsonLines) << name;
  }
  for (const char* name : {"a.txt", "a.txt.gz", "a.b.txt.zst"}) {
    EXPECT_EQ(input_kind(name), InputKind::kText) << name;
  }
  for (const char* name : {"a.csv", "a", "a.gz", "a.txt.bz2", "jsonl"}) {
    EXPECT_FALSE(is_input_name(name)) << name;
    EXPECT_EQ(error_of([&] { input_kind(name); }),
              std::string(name) +
                  ": expected a name that ends in .jsonl, .json or .txt, plain, .gz or .zst");
  }
}

TEST_F(InputFiles, AFolderIsAllThatIsInItInOrder) {
  fs::create_directories(folder() / "b/deep");
  fs::create_directories(folder() / "b/.hidden");
  for (const char* name : {"b/2.jsonl", "b/10.txt.gz", "b/deep/1.json.zst", "b/README.md",
                           "b/.part.jsonl", "b/.hidden/3.jsonl"}) {
    write(name, "x");
  }
  EXPECT_THAT(found("b"), ElementsAre("b/10.txt.gz", "b/2.jsonl", "b/deep/1.json.zst"));
}

TEST_F(InputFiles, APatternMatchesFilesAndFolders) {
  fs::create_directory(folder() / "a3");
  for (const char* name : {"a2.jsonl", "a1.jsonl", "a3/z.txt", "b.jsonl"}) write(name, "x");
  EXPECT_THAT(found("a*"), ElementsAre("a1.jsonl", "a2.jsonl", "a3/z.txt"));
  EXPECT_THAT(found("a?.jsonl"), ElementsAre("a1.jsonl", "a2.jsonl"));
  EXPECT_THAT(found("[b-z].jsonl"), ElementsAre("b.jsonl"));
  write("[c].jsonl", "x");
  EXPECT_THAT(found("[c].jsonl"), ElementsAre("[c].jsonl")) << "a file of that very name";
}

TEST_F(InputFiles, SeveralInputsKeepTheirOrder) {
  write("a.txt", "x");
  write("b.txt", "x");
  const auto path = [&](const char* name) { return (folder() / name).string(); };
  EXPECT_THAT(find_inputs({path("b.txt"), path("a.txt"), path("b.txt")}),
              ElementsAre(path("b.txt"), path("a.txt"), path("b.txt")));
}

TEST_F(InputFiles, WhatHoldsNothingIsNamed) {
  fs::create_directory(folder() / "empty");
  write("a.csv", "x");
  EXPECT_EQ(problem("empty"), "empty: holds no file .jsonl, .json or .txt, plain, .gz or .zst");
  EXPECT_EQ(problem("*.jsonl"), "*.jsonl: matches no file");
  EXPECT_EQ(problem("none.jsonl"), "none.jsonl: cannot be opened: No such file or directory");
  EXPECT_EQ(problem("*.csv"),
            "a.csv: expected a name that ends in .jsonl, .json or .txt, plain, .gz or .zst");
}

TEST_F(InputFiles, TheirMarkIsOfNamesAndSizes) {
  const auto a = write("a.txt", "one"), b = write("b.txt", "two");
  const std::string mark = files_mark({a, b});
  EXPECT_TRUE(mark.starts_with("2 files "));
  EXPECT_EQ(files_mark({a, b}), mark);
  EXPECT_NE(files_mark({b, a}), mark);
  write("b.txt", "four");
  EXPECT_NE(files_mark({a, b}), mark);
}

}  // namespace
}  // namespace tess2::data
