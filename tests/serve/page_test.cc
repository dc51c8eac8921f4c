#include "serve/page.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace tess2::serve {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(TESS2_SOURCE_DIR) / "src/serve/page";

TEST(Page, HoldsEveryWebFileByteForByte) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".html" && extension != ".css" && extension != ".js" && extension != ".svg") {
      continue;
    }
    ++count;
    const PageFile* file = find_page_file("/" + entry.path().filename().string());
    ASSERT_NE(file, nullptr) << entry.path();
    std::ifstream in(entry.path(), std::ios::binary);
    EXPECT_EQ(file->content, std::string(std::istreambuf_iterator<char>(in), {})) << entry.path();
  }
  EXPECT_EQ(page_files().size(), count);
}

TEST(Page, TheRootIsTheIndex) {
  ASSERT_NE(find_page_file("/"), nullptr);
  EXPECT_EQ(find_page_file("/"), find_page_file("/index.html"));
  EXPECT_EQ(find_page_file("/")->content_type, "text/html; charset=utf-8");
  EXPECT_EQ(find_page_file("/")->etag.size(), 18U);
}

TEST(Page, KnowsNoOtherFiles) {
  EXPECT_EQ(find_page_file("/nothing.js"), nullptr);
  EXPECT_EQ(find_page_file("/../settings.h"), nullptr);
  EXPECT_EQ(find_page_file(""), nullptr);
}

}  // namespace
}  // namespace tess2::serve
