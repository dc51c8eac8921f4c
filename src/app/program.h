// The whole program but for `main`: finds the subcommand, runs it, tells what went wrong.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

#include "app/command.h"

namespace tess2::app {

/// Exit codes.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;

/// Runs what `arguments` (without the program's name) ask for. Results go to `out`; an error is one
/// line `tess2: ...` on `err`. Returns the exit code; throws nothing derived from std::exception.
int run_program(std::span<const std::string> arguments, std::span<const Command> commands,
                std::ostream& out, std::ostream& err);

}  // namespace tess2::app
