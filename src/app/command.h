// What a subcommand is: a row of the table in commands.cc.
#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

namespace tess2::app {

struct CommandLine;

/// One subcommand. `run` returns the exit code 0, or throws.
struct Command {
  std::string_view name;
  std::string_view summary;  ///< one line, begins with a verb
  std::string_view example;  ///< a whole command, as a person types it
  int (*run)(const CommandLine&);
};

/// What a subcommand is run with.
struct CommandLine {
  const Command& command;
  std::span<const std::string> arguments;  ///< what follows the subcommand's name
  std::ostream& out;                       ///< for results; messages go to the log
};

}  // namespace tess2::app
