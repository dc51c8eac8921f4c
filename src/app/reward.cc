// `tess2 reward`
#include "app/subcommands.h"
#include "app/training_watch.h"

namespace tess2::app {

int run_reward_command(const CommandLine& line) {
  return run_training_command<train::RewardSettings>(line, train::run_reward);
}

}  // namespace tess2::app
