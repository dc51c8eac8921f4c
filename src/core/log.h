// One-line messages for the person who runs the program, on standard error.
#pragma once

#include <string_view>

namespace tess2 {

/// What is shown: messages of this level and of the later ones.
enum class LogLevel { kDebug, kInfo, kWarning, kError, kQuiet };

/// Sets what is shown; `kInfo` until then. `kQuiet` shows nothing.
void set_log_level(LogLevel level);
LogLevel log_level();

/// Each writes one line; line breaks and other control characters inside `message` are escaped.
/// Warnings and errors begin with `warning: ` and `error: `. May be called from any thread.
void log_debug(std::string_view message);
void log_info(std::string_view message);
void log_warning(std::string_view message);
void log_error(std::string_view message);

}  // namespace tess2
