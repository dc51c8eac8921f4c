#include "eval/harness/template.h"

#include <algorithm>

#include "core/error.h"

namespace tess2::eval {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

const std::string& field(std::string_view name, const Fields& fields, const TemplatePlace& place) {
  const auto found = fields.find(name);
  if (found != fields.end()) return found->second;
  std::string known;
  for (const auto& [key, value] : fields) known += (known.empty() ? "" : ", ") + key;
  throw FormatError(place.file, place.key, "fields of the record (" + known + ")",
                    "{" + std::string(name) + "}");
}

}  // namespace

std::string fill_template(std::string_view text, const Fields& fields, const TemplatePlace& place) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const std::size_t close = text.find('}');
    const bool blank = close != std::string_view::npos && is_name(text.substr(1, close - 1));
    out += blank ? std::string_view(field(text.substr(1, close - 1), fields, place))
                 : text.substr(0, 1);
    text.remove_prefix(blank ? close + 1 : 1);
  }
  return out;
}

}  // namespace tess2::eval
