// `tess2 pretrain`
#include "app/subcommands.h"
#include "app/training_watch.h"

namespace tess2::app {

int run_pretrain_command(const CommandLine& line) {
  return run_training_command<train::PretrainSettings>(line, train::run_pretrain);
}

}  // namespace tess2::app
