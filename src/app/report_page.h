// The page of `tess2 report`: one file that needs no other and no network.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "serve/page.h"

namespace tess2::app {

/// The web files of the page, ordered by path. Written by the build from src/app/report_page.
std::span<const serve::PageFile> page_files();

/// The page with `data` in it, the JSON object of report_data.h.
std::string report_page(std::string_view data);

}  // namespace tess2::app
