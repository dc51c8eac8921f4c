#include "core/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace tess2 {
namespace {

namespace fs = std::filesystem;
using test_support::error_of;
using test_support::names_in;
using test_support::TemporaryFolder;
using ::testing::ExitedWithCode;

std::string as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class FileTest : public ::testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& text) {
    const fs::path path = folder_.path() / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::vector<std::string> names() const { return names_in(folder_.path()); }

  TemporaryFolder folder_;
};

TEST_F(FileTest, MapShowsTheBytesAndOutlivesTheName) {
  const fs::path path = write("a", std::string("x\0y", 3));
  MappedFile map(path);
  fs::remove(path);
  EXPECT_EQ(as_text(map.bytes()), std::string("x\0y", 3));
  const MappedFile moved = std::move(map);
  EXPECT_EQ(moved.bytes().size(), 3u);
}

TEST_F(FileTest, WritingToAMapLeavesTheFile) {
  const fs::path path = write("a", "hello");
  MappedFile map(path);
  map.bytes()[0] = std::byte{'J'};
  EXPECT_EQ(as_text(map.bytes()), "Jello");
  EXPECT_EQ(read_text_file(path), "hello");
}

TEST_F(FileTest, AnEmptyFileMapsToNothing) {
  EXPECT_TRUE(MappedFile(write("a", "")).bytes().empty());
}

TEST_F(FileTest, WhatCannotBeReadIsNamedWithTheReason) {
  const std::string missing = (folder_.path() / "none").string();
  EXPECT_EQ(error_of([&] { read_text_file(missing); }),
            missing + ": cannot be opened: No such file or directory");
  EXPECT_EQ(error_of([&] { MappedFile map(missing); }),
            missing + ": cannot be opened: No such file or directory");
  const std::string folder = folder_.path().string();
  EXPECT_EQ(error_of([&] { read_text_file(folder); }), folder + ": cannot be read: Is a directory");
  EXPECT_EQ(error_of([&] { MappedFile map(folder); }), folder + ": cannot be read: Is a directory");
  EXPECT_EQ(error_of([] { MappedFile map("/dev/null"); }),
            "/dev/null: cannot be mapped: not a regular file");
}

TEST_F(FileTest, TextIsReadByteForByte) {
  const std::string text = std::string(200'000, 'x') + std::string("\0\r\n", 3);
  EXPECT_EQ(read_text_file(write("a", text)), text);
}

TEST_F(FileTest, WritesSmallAndLargePieces) {
  const fs::path path = folder_.path() / "a";
  const std::string large(300'000, 'l');
  write_file_atomically(path, [&](std::ostream& out) {
    out << "small " << 7;
    out.write(large.data(), static_cast<std::streamsize>(large.size()));
    for (int i = 0; i < 100'000; ++i) out.put('c');
  });
  EXPECT_EQ(read_text_file(path), "small 7" + large + std::string(100'000, 'c'));
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_F(FileTest, TheOldFileStandsUntilTheCommit) {
  const fs::path path = write("a", "old");
  AtomicFile file(path);
  file.stream() << "new" << std::flush;
  EXPECT_EQ(read_text_file(path), "old");
  file.commit();
  EXPECT_EQ(read_text_file(path), "new");
}

TEST_F(FileTest, AWriterThatThrowsLeavesTheOldFile) {
  const fs::path path = write("a", "old");
  const auto broken = [](std::ostream& out) {
    out << "half" << std::flush;
    throw Error("no more");
  };
  EXPECT_EQ(error_of([&] { write_file_atomically(path, broken); }), "no more");
  EXPECT_EQ(read_text_file(path), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_F(FileTest, ALinkStaysALink) {
  const fs::path target = write("target", "old");
  const fs::path link = folder_.path() / "link";
  fs::create_symlink(target, link);
  write_file_atomically(link, [](std::ostream& out) { out << "new"; });
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(read_text_file(target), "new");
}

TEST_F(FileTest, AMissingFolderIsAnError) {
  const fs::path path = folder_.path() / "none" / "a";
  EXPECT_EQ(error_of([&] { write_file_atomically(path, [](std::ostream&) {}); }),
            path.string() + ": cannot be written: No such file or directory");
}

TEST_F(FileTest, AFullDeviceIsAnErrorAndStaysADevice) {
  if (!fs::is_character_file("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  for (const std::size_t size : {std::size_t{1}, std::size_t{1'000'000}}) {
    const std::string text(size, 'x');
    EXPECT_EQ(
        error_of([&] { write_file_atomically("/dev/full", [&](auto& out) { out << text; }); }),
        "/dev/full: cannot be written: No space left on device");
  }
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

/// Runs `action` in a child process whose files may not grow past `bytes`; ends with what it threw.
void run_limited(rlim_t bytes, const std::function<void()>& action) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes, bytes};
  setrlimit(RLIMIT_FSIZE, &limit);
  std::string message = "nothing thrown";
  try {
    action();
  } catch (const FileError& error) {
    message = error.what();
  }
  // The test prints to a file, which the limit holds for, too.
  const ssize_t written = ::write(STDERR_FILENO, message.data(), message.size());
  _exit(written == static_cast<ssize_t>(message.size()) ? 0 : 1);
}

TEST_F(FileTest, AFileThatMayNotGrowLeavesTheOldOne) {
  const fs::path path = write("a", "old");
  const auto grow = [&] {
    write_file_atomically(path, [](std::ostream& out) { out << std::string(1'000'000, 'x'); });
  };
  EXPECT_EXIT(run_limited(100'000, grow), ExitedWithCode(0),
              "a: cannot be written: File too large");
  EXPECT_EQ(read_text_file(path), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_F(FileTest, AFolderThatMayNotGrowLeavesTheOldOne) {
  const fs::path folder = folder_.path() / "run";
  fs::create_directory(folder);
  write("run/a", "old");
  const auto grow = [&] {
    write_folder_atomically(folder, [](const fs::path& aside) {
      write_file_atomically(aside / "a", [](std::ostream& out) { out << "new"; });
      write_file_atomically(aside / "b", [](auto& out) { out << std::string(1'000'000, 'x'); });
    });
  };
  EXPECT_EXIT(run_limited(100'000, grow), ExitedWithCode(0),
              "b: cannot be written: File too large");
  EXPECT_EQ(read_text_file(folder / "a"), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"run"});
  EXPECT_EQ(names_in(folder), std::vector<std::string>{"a"});
}

TEST_F(FileTest, AFolderAppearsWholeWithItsParents) {
  const fs::path folder = folder_.path() / "deep" / "run" / "";
  write_folder_atomically(folder, [&](const fs::path& aside) {
    EXPECT_FALSE(fs::exists(folder));
    fs::create_directory(aside / "sub");
    std::ofstream(aside / "sub" / "a") << "text";
  });
  EXPECT_EQ(read_text_file(folder / "sub" / "a"), "text");
  EXPECT_EQ(names_in(folder_.path() / "deep"), std::vector<std::string>{"run"});
}

TEST_F(FileTest, AFolderIsReplacedAndNotMixed) {
  const fs::path folder = folder_.path() / "run";
  fs::create_directory(folder);
  write("run/old", "old");
  write_folder_atomically(folder, [](const fs::path& aside) { std::ofstream(aside / "new") << 1; });
  EXPECT_EQ(names_in(folder), std::vector<std::string>{"new"});
  EXPECT_EQ(names(), std::vector<std::string>{"run"});
}

TEST_F(FileTest, ABuilderThatThrowsLeavesTheOldFolder) {
  const fs::path folder = folder_.path() / "run";
  fs::create_directory(folder);
  write("run/old", "old");
  const auto broken = [](const fs::path& aside) {
    std::ofstream(aside / "half") << 1;
    throw Error("no more");
  };
  EXPECT_EQ(error_of([&] { write_folder_atomically(folder, broken); }), "no more");
  EXPECT_EQ(names_in(folder), std::vector<std::string>{"old"});
  EXPECT_EQ(names(), std::vector<std::string>{"run"});
}

TEST_F(FileTest, AFileIsNotReplacedByAFolder) {
  const fs::path path = write("a", "old");
  EXPECT_EQ(error_of([&] { write_folder_atomically(path, [](const fs::path&) {}); }),
            path.string() + ": cannot be replaced by a folder: it is a file");
  EXPECT_EQ(read_text_file(path), "old");
}

TEST_F(FileTest, AnAppendedFileGrowsOverItsLives) {
  const fs::path path = folder_.path() / "log";
  AppendFile(path).append("one\n");
  {
    AppendFile file(path);
    file.append("two\n");
    EXPECT_EQ(read_text_file(path), "one\ntwo\n");
    file.cut(4);
    file.append("three\n");
    file.append_unsynced("four\n");
    file.sync();
  }
  EXPECT_EQ(read_text_file(path), "one\nthree\nfour\n");
}

TEST_F(FileTest, AnAppendedFileHasOneWriter) {
  const fs::path path = write("log", "one\n");
  const AppendFile first(path);
  EXPECT_EQ(error_of([&] { AppendFile second(path); }),
            path.string() + ": cannot be written: another process has it open");
}

TEST_F(FileTest, OnlyARegularFileIsAppendedTo) {
  EXPECT_EQ(error_of([] { AppendFile file("/dev/null"); }),
            "/dev/null: cannot be continued: not a regular file");
  const fs::path missing = folder_.path() / "missing" / "log";
  EXPECT_EQ(error_of([&] { AppendFile file(missing); }),
            missing.string() + ": cannot be written: No such file or directory");
}

// A limit on the size of files fails like a full disk, in the middle of what is written.
TEST_F(FileTest, AFullDiskLeavesTheAppendedFileAsItWas) {
  const fs::path path = write("log", "one\n");
  const auto append_too_much = [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    AppendFile file(path);
    try {
      file.append_unsynced(std::string(5000, 'x'));
      _exit(2);
    } catch (const FileError&) {
    }
    try {
      file.append(std::string(5000, 'x'));
    } catch (const FileError&) {
      file.append("two\n");
      _exit(read_text_file(path) == "one\ntwo\n" ? 7 : 1);
    }
  };
  EXPECT_EXIT(append_too_much(), ExitedWithCode(7), "");
  EXPECT_EQ(read_text_file(path), "one\ntwo\n");
}

}  // namespace
}  // namespace tess2
