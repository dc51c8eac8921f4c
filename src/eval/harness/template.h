// Text with blanks for the fields of a record.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace tess2::eval {

/// The fields of a record that a task's texts may name.
using Fields = std::map<std::string, std::string, std::less<>>;

/// Where a text stands in its task file, for messages.
struct TemplatePlace {
  std::filesystem::path file;
  std::string key;
};

/// `text` with each `{name}` (small letters and underscores) replaced by that field; any other
/// brace stands for itself. Throws FormatError naming file, key and the known fields for a name
/// that is none.
std::string fill_template(std::string_view text, const Fields& fields, const TemplatePlace& place);

}  // namespace tess2::eval
