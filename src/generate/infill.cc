#include "generate/infill.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/terminal.h"
#include "generate/answer_text.h"

namespace tess2::generate {
namespace {

using text::TokenId;
using text::Tokenizer;

constexpr std::string_view kOpen = "[[";
constexpr std::string_view kClose = "]]";
constexpr std::string_view kEscaped = "\\[[";
// More places than any canvas has: larger numbers are mistakes.
constexpr std::int64_t kMostPlaces = 65536;

[[noreturn]] void refuse_hole(std::size_t byte, std::string_view found) {
  throw UsageError("hole at byte " + std::to_string(byte) +
                   ": expected [[N]] or [[N-M]] with 1 <= N <= M <= " +
                   std::to_string(kMostPlaces) + ", found " + std::string(found));
}

std::optional<std::int64_t> parse_count(std::string_view digits) {
  std::int64_t count = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, problem] = std::from_chars(digits.data(), end, count);
  const bool whole = problem == std::errc{} && rest == end && !digits.starts_with('-');
  return whole ? std::optional(count) : std::nullopt;
}

// The hole that begins at `byte` of `text`, and how many bytes it takes.
std::pair<Hole, std::size_t> parse_hole(std::string_view text, std::size_t byte) {
  const std::size_t inside = byte + kOpen.size();
  const std::size_t close = text.find(kClose, inside);
  constexpr std::size_t kShown = 24;
  if (close == std::string_view::npos || close - byte > kShown) {
    refuse_hole(byte, printable(text.substr(byte), kShown));
  }
  const std::string_view written = text.substr(inside, close - inside);
  const std::size_t dash = written.find('-');
  const auto least = parse_count(written.substr(0, dash));
  const auto most = dash == std::string_view::npos ? least : parse_count(written.substr(dash + 1));
  if (!least || !most || *least < 1 || *most < *least || *most > kMostPlaces) {
    refuse_hole(byte, printable(text.substr(byte, close + kClose.size() - byte), kShown));
  }
  return {{*least, *most}, close + kClose.size() - byte};
}

// Whether the space that ends `text` is left to the hole behind it: tokens begin with their space,
// so a text that ends with one would look unlike any the model has seen.
bool lends_space(const std::string& text) {
  return text.ends_with(' ');
}

std::string_view encoded_part(const std::string& text, bool hole_follows) {
  std::string_view part = text;
  if (hole_follows && lends_space(text)) part.remove_suffix(1);
  return part;
}

// Text of the tokens of a hole that follows `before`.
std::string hole_text(std::span<const TokenId> ids, const std::string& before,
                      const Tokenizer& tokenizer) {
  std::string text = continuation_text(tokenizer, ids);
  if (text.starts_with(' ') && (before.empty() || lends_space(before))) text.erase(0, 1);
  return text;
}

}  // namespace

Template parse_template(std::string_view text) {
  Template result{{""}, {}};
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(kEscaped)) {
      result.texts.back() += kOpen;
      at += kEscaped.size();
    } else if (text.substr(at).starts_with(kOpen)) {
      const auto [hole, size] = parse_hole(text, at);
      result.holes.push_back(hole);
      result.texts.emplace_back();
      at += size;
    } else {
      result.texts.back() += text[at++];
    }
  }
  if (result.holes.empty()) throw UsageError("text: expected a hole such as [[8]], found none");
  return result;
}

InfillCanvas::InfillCanvas(Template parts, std::span<const text::Message> context,
                           const Tokenizer& tokenizer, std::int64_t max_length)
    : parts_(std::move(parts)), tokenizer_(tokenizer) {
  const bool answers = !context.empty();
  add_given(answers ? text::encode_prompt(context, tokenizer) : std::vector{tokenizer.bos()});
  for (std::size_t i = 0; i < parts_.texts.size(); ++i) {
    const bool hole_follows = i < parts_.holes.size();
    const auto part = encoded_part(parts_.texts[i], hole_follows);
    const bool begins = i == 0 && !answers;
    add_given(begins ? tokenizer.encode(part) : tokenizer.encode_continuation(part));
    if (hole_follows) add_hole(i);
    if (max_length > 0 && std::ssize(layout_.ids) > max_length) refuse_length(max_length);
  }
  // What ends with a hole is not known to end there.
  if (!parts_.texts.back().empty()) add_given({tokenizer.eos()});
}

void InfillCanvas::add_given(const std::vector<TokenId>& ids) {
  layout_.ids.insert(layout_.ids.end(), ids.begin(), ids.end());
  layout_.span_mask.resize(layout_.ids.size(), 0);
  layout_.must_fill.resize(layout_.ids.size(), 0);
}

void InfillCanvas::add_hole(std::size_t index) {
  const auto [least, most] = parts_.holes[index];
  const std::size_t begin = layout_.ids.size();
  layout_.ids.resize(begin + static_cast<std::size_t>(most), tokenizer_.eos());
  layout_.span_mask.resize(layout_.ids.size(), 1);
  layout_.must_fill.resize(begin + static_cast<std::size_t>(least), 1);
  layout_.must_fill.resize(layout_.ids.size(), 0);
  hole_of_slot_.resize(hole_of_slot_.size() + static_cast<std::size_t>(most), index);
}

void InfillCanvas::refuse_length(std::int64_t max_length) const {
  throw UsageError("text: expected at most " + std::to_string(max_length) +
                   " tokens with its holes, found " + std::to_string(layout_.ids.size()) +
                   " or more");
}

std::int64_t InfillCanvas::given_tokens() const {
  return std::ssize(layout_.ids) - std::ssize(hole_of_slot_);
}

FilledText InfillCanvas::fill(std::span<const TokenId> tokens) const {
  if (tokens.size() != hole_of_slot_.size()) {
    throw Error("infill: expected " + std::to_string(hole_of_slot_.size()) + " tokens, found " +
                std::to_string(tokens.size()));
  }
  FilledText filled;
  std::size_t slot = 0;
  for (std::size_t i = 0; i < parts_.holes.size(); ++i) {
    filled.text += parts_.texts[i];
    std::vector<TokenId> used;
    for (; slot < tokens.size() && hole_of_slot_[slot] == i; ++slot) {
      const TokenId id = tokens[slot];
      if (!ends_answer(id, tokenizer_)) used.push_back(id);
    }
    const std::string text = hole_text(used, parts_.texts[i], tokenizer_);
    const std::size_t begin = filled.text.size();
    filled.text += text;
    filled.holes.push_back({text, begin, filled.text.size(), std::ssize(used)});
  }
  filled.text += parts_.texts.back();
  return filled;
}

}  // namespace tess2::generate
