// `tess2 report RUN...`
#include <filesystem>
#include <string>
#include <vector>

#include "app/report_data.h"
#include "app/report_page.h"
#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "core/file.h"

namespace tess2::app {

int run_report_command(const CommandLine& line) {
  std::vector<std::string> runs;
  std::filesystem::path output = "report.html";
  return run_with_settings<NoSettings>(
      line,
      [&](OptionSet& options) {
        options.positionals_left("RUN", runs, "output folders of training runs, going on or ended");
        options.option("-o,--output", output, "FILE", "page to write (default report.html)");
      },
      [&](const NoSettings&, const Run& run) {
        const std::vector<std::filesystem::path> folders(runs.begin(), runs.end());
        const std::string page = report_page(report_data(folders));
        write_file_atomically(output, [&](std::ostream& out) { out << page; });
        run.out << "report: " << output.string() << "\n";
      });
}

}  // namespace tess2::app
