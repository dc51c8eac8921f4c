#include "core/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace tess2 {
namespace {

std::string printable_byte(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  const auto byte = static_cast<std::uint8_t>(c);
  if (byte >= 0x20 && byte != 0x7f) return {c};
  return {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

// Bytes to keep so that no UTF-8 character is cut in two.
std::size_t cut_length(std::string_view text, std::size_t max_length) {
  if (text.size() <= max_length) return text.size();
  std::size_t length = max_length;
  while (length > 0 && (static_cast<std::uint8_t>(text[length]) & 0xc0) == 0x80) --length;
  return length;
}

}  // namespace

Terminal terminal_of(int descriptor) {
  Terminal terminal;
  const char* name = std::getenv("TERM");
  const bool dumb = name != nullptr && std::string_view(name) == "dumb";
  terminal.is_terminal = isatty(descriptor) == 1 && !dumb;
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return terminal;
  terminal.width = size.ws_col;
  if (size.ws_row > 0) terminal.height = size.ws_row;
  return terminal;
}

std::string printable(std::string_view text, std::size_t max_length) {
  const std::size_t length = cut_length(text, max_length);
  std::string out;
  for (const char c : text.substr(0, length)) out += printable_byte(c);
  return length < text.size() ? out + "..." : out;
}

}  // namespace tess2
