// Tokenizers and folders for the tests of this layer.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "text/tokenizer.h"
#include "text/train_tokenizer.h"

namespace tess2::text {

/// A folder of its own that is gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tess2_text_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw FileError(name, "cannot be made");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  std::string read(std::string_view name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void write(std::string_view name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

 private:
  std::filesystem::path path_;
};

/// Texts with enough repetition for a few dozen merges.
inline std::vector<std::string> small_corpus() {
  return {"the cat sat on the mat and the dog sat on the log\n",
          "the user asks and the assistant answers 12 and 345 times\n",
          "a small story about a small cat and a small dog, not a café\n"};
}

inline constexpr std::int64_t kSmallVocabulary = 320;

/// Writes the files of a small tokenizer into `folder`.
inline void make_small_tokenizer(const std::filesystem::path& folder) {
  train_tokenizer(small_corpus(), {.vocab_size = kSmallVocabulary, .symbols = {}}, folder);
}

/// A small tokenizer that has a padding token, id kSmallVocabulary.
inline std::unique_ptr<Tokenizer> small_padded_tokenizer() {
  TemporaryFolder folder;
  make_small_tokenizer(folder.path());
  copy_tokenizer_with_pad(folder.path(), folder.path());
  return load_tokenizer(folder.path());
}

/// The message of the error that `body` throws, and that it is of type `Expected`.
template <class Expected, class Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const Expected& error) {
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos) << error.what();
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "an error of another type: " << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return "";
}

}  // namespace tess2::text
