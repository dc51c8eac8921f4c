#include "generate/live_view.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <span>
#include <utility>

#include "text/utf8.h"

namespace tess2::generate {
namespace {

constexpr std::string_view kCutSign = "...";
constexpr std::string_view kDim = "\033[2m";
constexpr std::string_view kBright = "\033[1m";
constexpr std::string_view kReset = "\033[0m";

using CodeRange = std::pair<char32_t, char32_t>;  // both ends included

// Controls, and the marks that change the direction of what follows.
constexpr std::array<CodeRange, 6> kCommands = {{{0x00, 0x1f},
                                                 {0x7f, 0x9f},
                                                 {0x200e, 0x200f},
                                                 {0x2028, 0x202e},
                                                 {0x2066, 0x2069},
                                                 {0xe0000, 0xe007f}}};
// Combining marks, joiners and variation selectors.
constexpr std::array<CodeRange, 7> kZeroWidth = {{{0x0300, 0x036f},
                                                  {0x1ab0, 0x1aff},
                                                  {0x200b, 0x200d},
                                                  {0x20d0, 0x20ff},
                                                  {0xfe00, 0xfe0f},
                                                  {0xfe20, 0xfe2f},
                                                  {0xfeff, 0xfeff}}};
constexpr std::array<CodeRange, 9> kDoubleWidth = {{{0x1100, 0x115f},
                                                    {0x2e80, 0x303e},
                                                    {0x3041, 0xa4cf},
                                                    {0xac00, 0xd7a3},
                                                    {0xf900, 0xfaff},
                                                    {0xfe30, 0xfe6f},
                                                    {0xff00, 0xff60},
                                                    {0x1f300, 0x1faff},
                                                    {0x20000, 0x3fffd}}};

bool is_in(char32_t code, std::span<const CodeRange> ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [code](const CodeRange& range) {
    return code >= range.first && code <= range.second;
  });
}

// `character` is one valid UTF-8 character.
char32_t code_point(std::string_view character) {
  constexpr std::array<unsigned, 5> kFirstByteMask = {0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t code = static_cast<unsigned char>(character[0]) & kFirstByteMask[character.size()];
  for (const char c : character.substr(1))
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3f);
  return code;
}

ShownCharacter shown(std::string_view character) {
  const char32_t code = code_point(character);
  if (code == '\n') return {kLineBreakSign, 1};
  if (code == '\t') return {" ", 1};
  if (is_in(code, kCommands)) return {text::kReplacementCharacter, 1};
  if (is_in(code, kZeroWidth)) return {character, 0};
  return {character, is_in(code, kDoubleWidth) ? 2 : 1};
}

// Breaks characters into lines of at most `width` cells, wherever a line is full: words would jump
// from line to line while they change.
class Lines {
 public:
  explicit Lines(int width) : width_(std::max(width, 2)), lines_(1) {}

  void add(const CanvasToken& token) {
    start_style(token.given ? std::string_view{} : token.settled ? kBright : kDim);
    for (const ShownCharacter& character : shown_characters(token.text)) add(character);
  }

  // The first `most` lines; the last says so where some were cut.
  std::vector<std::string> take(std::size_t most) {
    lines_.back() += kReset;
    if (lines_.size() <= most) return std::move(lines_);
    lines_.resize(most);
    lines_.back() = kCutSign;
    return std::move(lines_);
  }

 private:
  void start_style(std::string_view style) {
    if (style == style_) return;
    style_ = style;
    lines_.back().append(kReset).append(style);
  }

  void add(const ShownCharacter& character) {
    if (used_ + character.width > width_) {
      lines_.back() += kReset;
      lines_.emplace_back(style_);
      used_ = 0;
    }
    lines_.back() += character.bytes;
    used_ += character.width;
  }

  int width_;
  int used_ = 0;  // cells of the last line
  std::string_view style_;
  std::vector<std::string> lines_;
};

std::string header(const CanvasFrame& frame) {
  std::size_t settled = 0;
  std::size_t generated = 0;
  for (const CanvasToken& token : frame.tokens) {
    settled += !token.given && token.settled ? 1 : 0;
    generated += token.given ? 0 : 1;
  }
  return "step " + std::to_string(frame.step) + "/" + std::to_string(frame.steps) + ", " +
         std::to_string(settled) + " of " + std::to_string(generated) + " settled";
}

}  // namespace

std::vector<ShownCharacter> shown_characters(std::string_view text) {
  std::vector<ShownCharacter> characters;
  while (!text.empty()) {
    const std::size_t length = text::utf8_length(text);
    characters.push_back(length > 0 ? shown(text.substr(0, length))
                                    : ShownCharacter{text::kReplacementCharacter, 1});
    text.remove_prefix(std::max(length, std::size_t{1}));
  }
  return characters;
}

LiveView::LiveView(std::ostream& out, Terminal terminal, std::int64_t plain_every)
    : out_(out), terminal_(terminal), plain_every_(plain_every) {}

void LiveView::draw(const CanvasFrame& frame) {
  if (terminal_.is_terminal) return redraw(frame);
  const bool wanted =
      frame.step <= 1 || frame.step >= frame.steps || frame.step % plain_every_ == 0;
  if (wanted) write_plain(frame);
}

void LiveView::redraw(const CanvasFrame& frame) {
  Lines canvas(terminal_.width);
  for (const CanvasToken& token : frame.tokens) canvas.add(token);
  // Besides the canvas: the header, and the line where the cursor waits.
  const auto room = static_cast<std::size_t>(std::max(terminal_.height - 2, 1));
  const std::vector<std::string> lines = canvas.take(room);
  if (drawn_lines_ > 0) out_ << "\033[" << drawn_lines_ << "A\r\033[J";
  out_ << header(frame).substr(0, static_cast<std::size_t>(std::max(terminal_.width, 1))) << '\n';
  for (const std::string& line : lines) out_ << line << '\n';
  out_.flush();
  drawn_lines_ = lines.size() + 1;
}

void LiveView::write_plain(const CanvasFrame& frame) {
  out_ << header(frame) << ": ";
  for (const CanvasToken& token : frame.tokens) {
    for (const ShownCharacter& character : shown_characters(token.text)) out_ << character.bytes;
  }
  out_ << std::endl;
}

}  // namespace tess2::generate
