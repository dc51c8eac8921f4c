// `tess2 report RESULT...`
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
  std::vector<std::string> results;
  std::filesystem::path output = "report.html";
  return run_with_settings<NoSettings>(
      line,
      [&](OptionSet& options) {
        options.positionals_left("RESULT", results,
                                 "output folders of training runs, going on or ended; of eval "
                                 "--task and --sweep; files of likelihood and samples");
        options.option("-o,--output", output, "FILE", "page to write (default report.html)");
      },
      [&](const NoSettings&, const Run& run) {
        const std::vector<std::filesystem::path> inputs(results.begin(), results.end());
        const std::string page = report_page(report_data(inputs));
        write_file_atomically(output, [&](std::ostream& out) { out << page; });
        run.out << "report: " << output.string() << "\n";
      });
}

}  // namespace tess2::app
