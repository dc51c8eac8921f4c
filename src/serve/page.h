// The files of the page, which are a part of the program.
#pragma once

#include <span>
#include <string_view>

namespace tess2::serve {

struct PageFile {
  std::string_view path;  ///< `/index.html`
  std::string_view content_type;
  std::string_view etag;  ///< in its quotes; changes with the content
  std::string_view content;
};

/// All of them, ordered by path. Written by the build from src/serve/page.
std::span<const PageFile> page_files();

/// The file that is served at `path` (`/` is `/index.html`); null where there is none.
const PageFile* find_page_file(std::string_view path);

/// What the page may do: use its own files and ask its own server, nothing else.
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

}  // namespace tess2::serve
