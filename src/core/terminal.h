// What is known of the terminal that text goes to, and text that cannot disturb it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tess2 {

/// Where text is shown. Sizes are in character cells.
struct Terminal {
  bool is_terminal = false;  ///< a person watches and escape sequences work
  int width = 80;
  int height = 24;
};

/// Looks at an open file descriptor (1 standard output, 2 standard error). A terminal named `dumb`
/// in TERM, which knows no escape sequences, counts as none.
Terminal terminal_of(int descriptor);

/// `text` on one line for a message: control characters become `\n`, `\t` or `\xNN`, and what is
/// past `max_length` bytes of `text` is cut and marked with `...`.
std::string printable(std::string_view text, std::size_t max_length = 200);

}  // namespace tess2
