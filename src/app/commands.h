// The subcommands of `tess2`.
#pragma once

#include <span>

#include "app/command.h"

namespace tess2::app {

/// All subcommands, in the order in which a person needs them.
std::span<const Command> commands();

}  // namespace tess2::app
