#include "app/program.h"

#include <algorithm>
#include <limits>
#include <new>
#include <ostream>
#include <vector>

#include "app/help.h"
#include "app/version.h"
#include "core/error.h"
#include "core/nearest.h"
#include "core/problems.h"
#include "core/terminal.h"

namespace tess2::app {
namespace {

const Command& find_command(const std::string& name, std::span<const Command> commands) {
  const auto has_name = [&name](const Command& command) { return command.name == name; };
  const auto found = std::find_if(commands.begin(), commands.end(), has_name);
  if (found != commands.end()) return *found;
  std::vector<std::string> known = {"--help", "--version"};
  for (const Command& command : commands) known.emplace_back(command.name);
  throw UsageError((name.starts_with('-') ? "unknown option " : "unknown command ") +
                   printable(name, 60) + nearest_hint(name, known));
}

int dispatch(std::span<const std::string> arguments, std::span<const Command> commands,
             std::ostream& out) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    out << overview(commands);
    return kDone;
  }
  if (arguments[0] == "--version") {
    out << version_text();
    return kDone;
  }
  const Command& command = find_command(arguments[0], commands);
  return command.run({command, arguments.subspan(1), out});
}

int run_and_flush(std::span<const std::string> arguments, std::span<const Command> commands,
                  std::ostream& out) {
  const int code = dispatch(arguments, commands, out);
  if (!out.flush()) throw FileError("standard output", "cannot be written");
  return code;
}

// LibTorch's messages go on with a stack trace: the first line says what happened.
int report(std::ostream& err, std::string_view message, int code) {
  constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();
  err << "tess2: " << printable(message.substr(0, message.find('\n')), kWhole) << std::endl;
  return code;
}

}  // namespace

int run_program(std::span<const std::string> arguments, std::span<const Command> commands,
                std::ostream& out, std::ostream& err) {
  try {
    return run_and_flush(arguments, commands, out);
  } catch (const SeveralErrors& several) {
    const int code = several.wrong_usage() ? kWrongUsage : kFailed;
    for (const std::string& line : several.lines()) report(err, line, code);
    return code;
  } catch (const UsageError& error) {
    return report(err, error.what(), kWrongUsage);
  } catch (const std::bad_alloc&) {
    return report(err, "out of memory", kFailed);
  } catch (const std::exception& error) {
    return report(err, error.what(), kFailed);
  }
}

}  // namespace tess2::app
