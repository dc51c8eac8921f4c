// What several tests of the data layer need: a folder of their own, and a tokenizer of bytes.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/reading.h"
#include "support/temporary_folder.h"
#include "text/tokenizer.h"

namespace tess2::data {

using test_support::error_of;

/// A test with a folder of its own.
class FolderTest : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, std::string_view content) const {
    std::ofstream(folder() / name, std::ios::binary) << content;
    return folder() / name;
  }

  std::filesystem::path write_gzip(const std::string& name, std::string_view content) const {
    const auto path = folder() / name;
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose(file);
    return path;
  }

  std::filesystem::path write_zstd(const std::string& name, std::string_view content) const {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                       ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);  // as the program zstd does
    std::string compressed(ZSTD_compressBound(content.size()), '\0');
    compressed.resize(ZSTD_compress2(context.get(), compressed.data(), compressed.size(),
                                     content.data(), content.size()));
    return write(name, compressed);
  }

  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  test_support::TemporaryFolder folder_;
};

/// How tests read: two threads, and a bad line ends the run unless it is to be skipped.
inline Reading test_reading(OnBadLine on_bad_line = OnBadLine::kStop, std::int64_t workers = 2) {
  return Reading({.on_bad_line = on_bad_line, .workers = workers});
}

/// `<s>` 0, `</s>` 1, `[PAD]` 2, and each byte b as 3 + b.
class ByteTokenizer : public text::Tokenizer {
 public:
  std::vector<text::TokenId> encode(std::string_view text) const override {
    std::vector<text::TokenId> ids;
    while (!text.empty()) {
      std::size_t used = 1;
      ids.push_back(3 + static_cast<unsigned char>(text[0]));
      for (std::size_t i = 0; i < 3; ++i) {
        if (!text.starts_with(kSpecial[i])) continue;
        ids.back() = static_cast<text::TokenId>(i);
        used = kSpecial[i].size();
      }
      text.remove_prefix(used);
    }
    return ids;
  }

  std::string decode(std::span<const text::TokenId> ids) const override {
    std::string text;
    for (const auto id : ids) {
      if (id < 3) {
        text += kSpecial[static_cast<std::size_t>(id)];
      } else {
        text += static_cast<char>(id - 3);
      }
    }
    return text;
  }

  std::int64_t vocab_size() const override { return 3 + 256; }
  std::optional<text::TokenId> find(std::string_view token) const override {
    const auto ids = encode(token);
    return ids.size() == 1 ? std::optional(ids[0]) : std::nullopt;
  }
  text::TokenId bos() const override { return 0; }
  text::TokenId eos() const override { return 1; }
  std::optional<text::TokenId> pad() const override { return 2; }

 private:
  static constexpr std::string_view kSpecial[] = {"<s>", "</s>", "[PAD]"};
};

}  // namespace tess2::data
