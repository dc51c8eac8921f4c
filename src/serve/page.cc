#include "serve/page.h"

#include <algorithm>

namespace tess2::serve {

const PageFile* find_page_file(std::string_view path) {
  const std::string_view wanted = path == "/" ? "/index.html" : path;
  const auto files = page_files();
  const auto found = std::ranges::find(files, wanted, &PageFile::path);
  return found == files.end() ? nullptr : &*found;
}

}  // namespace tess2::serve
