#include "data/byte_source.h"

#include <gmock/gmock.h>

#include "data/fixtures.h"

namespace tess2::data {
namespace {

using ::testing::HasSubstr;

class ByteSources : public FolderTest {
 protected:
  static std::string numbers() {
    std::string text;
    for (int i = 0; i < 40000; ++i) text += std::to_string(i * 7919) + "\n";
    return text;
  }

  static std::string read_all(ByteSource& source) {
    std::string all;
    std::vector<char> buffer(1000);
    while (const std::size_t count = source.read(buffer)) all.append(buffer.data(), count);
    return all;
  }
  static std::string read_all(const std::filesystem::path& file) {
    return read_all(*open_bytes(file));
  }

  std::vector<std::filesystem::path> all_forms(const std::string& text) const {
    return {write("plain", text), write_gzip("gzip", text), write_zstd("zstd", text)};
  }
};

TEST_F(ByteSources, GiveTheSameBytesInEachForm) {
  const std::string text = numbers();
  for (const auto& file : all_forms(text)) EXPECT_EQ(read_all(file), text) << file;
  for (const auto& file : all_forms("")) EXPECT_EQ(read_all(file), "") << file;
}

TEST_F(ByteSources, SkipInDecompressedBytes) {
  const std::string text = numbers();
  for (const auto& file : all_forms(text)) {
    const auto source = open_bytes(file);
    source->skip(123456);
    EXPECT_EQ(read_all(*source), text.substr(123456)) << file;
    EXPECT_EQ(source->stored_bytes_read(), std::filesystem::file_size(file)) << file;
  }
}

TEST_F(ByteSources, ReadSeveralMembersOneAfterAnother) {
  const auto content = [](const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string empty_frame("\x50\x2a\x4d\x18\x03\x00\x00\x00xyz", 11);  // holds no data
  const std::string one = content(write_zstd("a", "one\n")), two = content(write_zstd("b", "two"));
  EXPECT_EQ(read_all(write("c", empty_frame + one + two)), "one\ntwo");
  EXPECT_EQ(read_all(write("d", content(write_gzip("e", "one\n")) + content(write_gzip("f", "2")))),
            "one\n2");
}

TEST_F(ByteSources, NoticeWhereCompressedDataBreakOff) {
  for (const auto& file : {write_gzip("gzip", numbers()), write_zstd("zstd", numbers())}) {
    for (const std::size_t left : {std::filesystem::file_size(file) - 1,
                                   std::filesystem::file_size(file) / 2, std::uintmax_t{20}}) {
      std::filesystem::resize_file(file, left);
      EXPECT_EQ(error_of([&] { read_all(file); }),
                file.string() + ": ends in the middle of its compressed data")
          << left;
    }
  }
}

TEST_F(ByteSources, NoticeDamage) {
  for (const auto& file : {write_gzip("gzip", numbers()), write_zstd("zstd", numbers())}) {
    std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(5000);
    damage << std::string(100, '\xff');
    damage.close();
    EXPECT_THAT(error_of([&] { read_all(file); }), HasSubstr("cannot be read: ")) << file;
  }
}

TEST_F(ByteSources, SayWhatCannotBeOpened) {
  EXPECT_THAT(error_of([&] { open_bytes(folder() / "none"); }),
              HasSubstr("none: cannot be opened: No such file"));
  EXPECT_THAT(error_of([&] { open_bytes(folder()); }), HasSubstr("is a folder, not a file"));
}

}  // namespace
}  // namespace tess2::data
