#include "app/report_page.h"

#include <algorithm>

namespace tess2::app {
namespace {

std::string_view file(std::string_view name) {
  const auto files = page_files();
  return std::ranges::find(files, name, &serve::PageFile::path)->content;
}

/// JSON inside a script element: nothing in it may look like the element's end.
std::string without_tags(std::string_view json) {
  std::string text;
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

/// `page` with `content` where `place` stands.
std::string filled(const std::string& page, std::string_view place, std::string_view content) {
  const auto at = page.find(place);
  return page.substr(0, at) + std::string(content) + page.substr(at + place.size());
}

}  // namespace

std::string report_page(std::string_view data) {
  const std::string script = std::string(file("/chart.js")) + std::string(file("/evaluations.js")) +
                             std::string(file("/report.js"));
  // The last place first, so that none is looked for in what was filled in.
  std::string page(file("/report.html"));
  page = filled(page, "/* script */", script);
  page = filled(page, "\"the data\"", without_tags(data));
  return filled(page, "/* style */", file("/report.css"));
}

}  // namespace tess2::app
