// The texts that `--help` prints.
#pragma once

#include <span>
#include <string>

#include "app/command.h"
#include "app/option_set.h"
#include "core/settings.h"

namespace tess2::app {

/// What `tess2` and `tess2 --help` print: the commands and an example of each.
std::string overview(std::span<const Command> commands);

/// What `tess2 COMMAND --help` prints: arguments, options and the recipe's keys with their
/// defaults.
std::string command_help(const Command& command, const OptionSet& options,
                         const SettingsTable& settings);

}  // namespace tess2::app
