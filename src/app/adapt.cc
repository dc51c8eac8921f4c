// `tess2 adapt`
#include "app/subcommands.h"
#include "app/training_watch.h"

namespace tess2::app {

int run_adapt_command(const CommandLine& line) {
  return run_training_command<train::AdaptSettings>(line, train::run_adapt);
}

}  // namespace tess2::app
