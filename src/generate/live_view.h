// The canvas while it is denoised, for a person to watch.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "core/terminal.h"

namespace tess2::generate {

/// One position of a canvas as it stands after a step.
struct CanvasToken {
  std::string text;
  bool settled = false;  ///< the token is not expected to change any more
  bool given = false;    ///< it was never to be generated: plain, and not counted
};

/// A canvas after `step` of `steps` denoising steps (section 4), 1 to `steps`; at most as many
/// until the run has ended, then those that it took.
struct CanvasFrame {
  std::int64_t step = 0;
  std::int64_t steps = 0;
  std::vector<CanvasToken> tokens;
};

/// Shows one frame after another. On a terminal each takes the place of the one before, provisional
/// tokens dim and settled ones bright, cut to the terminal's height; elsewhere plain lines are
/// written for some of the steps. Nothing that a token contains reaches the terminal as a command.
class LiveView {
 public:
  /// Plain lines are written for the first step, the last, and every `plain_every`-th (>= 1).
  LiveView(std::ostream& out, Terminal terminal, std::int64_t plain_every = 10);

  void draw(const CanvasFrame& frame);

 private:
  void redraw(const CanvasFrame& frame);
  void write_plain(const CanvasFrame& frame);

  std::ostream& out_;
  Terminal terminal_;
  std::int64_t plain_every_;
  std::size_t drawn_lines_ = 0;  ///< of the frame that stands on the terminal
};

/// What stands for a line break, U+21B5.
inline constexpr std::string_view kLineBreakSign = "\xe2\x86\xb5";

/// A character as shown: a line break as U+21B5, a tab as a space, and as U+FFFD what is not UTF-8
/// or would command the terminal (control characters, changes of the writing direction).
struct ShownCharacter {
  std::string_view bytes;
  int width = 1;  ///< cells: 0 for combining marks, 2 for East Asian wide characters and emoji
};

/// The characters of `text`, which must outlive them.
std::vector<ShownCharacter> shown_characters(std::string_view text);

}  // namespace tess2::generate
