// `tess2 synth OUT`
#include <filesystem>

#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "data/synth/write.h"

namespace tess2::app {

int run_synth_command(const CommandLine& line) {
  std::filesystem::path folder;
  return run_with_settings<data::synth::SynthSettings>(
      line,
      [&](OptionSet& options) {
        options.positional("OUT", folder, "folder to write the JSON-lines files into");
      },
      [&](const data::synth::SynthSettings& settings, const Run& run) {
        data::synth::write_synthetic_data(settings, folder);
        run.out << "data: " << folder.string() << "\n";
      });
}

}  // namespace tess2::app
