// Tables of comma-separated values (RFC 4180): fields may stand in quotes and then hold commas,
// line ends and doubled quotes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/json_lines.h"

namespace tess2::eval {

struct TableRow {
  std::vector<std::string> cells;
  data::LinePlace place;  ///< of its first line
};

/// The rows of a file, blank lines left out. Throws FileError, and FormatError naming the line for
/// quotes that are not closed and for an empty file.
std::vector<TableRow> read_table(const std::filesystem::path& file);

}  // namespace tess2::eval
