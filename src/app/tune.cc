// `tess2 tune`
#include "app/subcommands.h"
#include "app/training_watch.h"

namespace tess2::app {

int run_tune_command(const CommandLine& line) {
  return run_training_command<train::TuneSettings>(line, train::run_tune);
}

}  // namespace tess2::app
