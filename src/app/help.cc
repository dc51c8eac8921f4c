#include "app/help.h"

#include <algorithm>
#include <vector>

#include "app/version.h"

namespace tess2::app {
namespace {

using Row = std::vector<std::string>;

// A cell wider than this does not widen its column.
constexpr std::size_t kWidestColumn = 34;

// Bytes are taken for cells: what is shown here is ASCII.
std::vector<std::size_t> column_widths(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i].size() <= kWidestColumn) widths[i] = std::max(widths[i], row[i].size());
    }
  }
  return widths;
}

std::string format_row(const Row& row, const std::vector<std::size_t>& widths) {
  std::string line = " ";
  for (std::size_t i = 0; i < row.size(); ++i) {
    line += " " + row[i];
    if (i + 1 < row.size() && row[i].size() <= widths[i]) {
      line.append(widths[i] - row[i].size() + 1, ' ');
    }
  }
  return line + "\n";
}

// A title and indented, aligned columns under it; nothing where there are no rows.
std::string section(const std::string& title, const std::vector<Row>& rows) {
  if (rows.empty()) return "";
  const auto widths = column_widths(rows);
  std::string text = "\n" + title + ":\n";
  for (const Row& row : rows) text += format_row(row, widths);
  return text;
}

std::vector<Row> option_rows(const std::vector<OptionHelp>& options) {
  std::vector<Row> rows;
  for (const auto& [spelling, help] : options) rows.push_back({spelling, help});
  return rows;
}

Row setting_row(const SettingDescription& setting) {
  if (setting.type.empty()) return {setting.key, "", setting.help + ":"};
  return {setting.key, setting.default_value.empty() ? "\"\"" : setting.default_value,
          setting.help + " (" + setting.type + ")"};
}

std::vector<Row> setting_rows(const SettingsTable& settings) {
  std::vector<Row> rows;
  for (const SettingDescription& setting : settings.describe())
    rows.push_back(setting_row(setting));
  return rows;
}

}  // namespace

std::string overview(std::span<const Command> commands) {
  std::vector<Row> summaries;
  std::vector<Row> examples;
  for (const Command& command : commands) {
    summaries.push_back({std::string(command.name), std::string(command.summary)});
    examples.push_back({std::string(command.example)});
  }
  return "tess2 " + program_version() +
         ": an instruction-following simplex diffusion language model\n"
         "\nusage: tess2 COMMAND [OPTION]... [ARGUMENT]...\n" +
         section("commands", summaries) + section("examples", examples) +
         section("options",
                 {{"-h, --help", "this text; after a command, its options and recipe keys"},
                  {"--version", "versions of tess2, LibTorch and oneDNN"}});
}

std::string command_help(const Command& command, const OptionSet& options,
                         const SettingsTable& settings) {
  std::string usage = "tess2 " + std::string(command.name) + " [OPTION]...";
  for (const OptionHelp& positional : options.positionals()) usage += " " + positional.spelling;
  return "tess2 " + std::string(command.name) + ": " + std::string(command.summary) +
         "\n\nusage: " + usage + "\n" + section("arguments", option_rows(options.positionals())) +
         section("options", option_rows(options.options())) +
         section("recipe keys, for --config and --set (default, meaning, allowed values)",
                 setting_rows(settings)) +
         section("example", {{std::string(command.example)}});
}

}  // namespace tess2::app
