#include "app/commands.h"

namespace tess2::app {

std::span<const Command> commands() {
  return {};
}

}  // namespace tess2::app
