#include <algorithm>

#include "eval/metrics/ifeval_kinds.h"
#include "eval/metrics/json_text.h"

namespace tess2::eval {
namespace {

constexpr std::size_t kNowhere = TextView::npos;

std::size_t line_end(TextView text, std::size_t from) {
  return std::min(text.find(U'\n', std::min(from, text.size())), text.size());
}

// Past white space, line ends included.
std::size_t past_space(TextView text, std::size_t from) {
  return text.size() - strip_left(text.substr(from)).size();
}

// Lines that begin with `mark`, white space before it left out. Where `single`, something else than
// another mark must follow; that may be the end of the line, and then the next line goes with it.
std::size_t count_marked_lines(TextView text, char32_t mark, bool single) {
  std::size_t count = 0;
  for (std::size_t line = 0; line < text.size();) {
    const std::size_t at = past_space(text, line);
    const bool marked = at < text.size() && text[at] == mark;
    const bool followed = at + 1 < text.size() && text[at + 1] != mark;
    const bool here = marked && (!single || followed);
    count += here ? 1 : 0;
    line = line_end(text, here ? at + (single ? 2 : 1) : line) + 1;
  }
  return count;
}

Check bullet_lists(const Arguments& arguments) {
  return [wanted = arguments.count("num_bullets")](TextView response) {
    const std::size_t stars = count_marked_lines(response, U'*', true);
    return stars + count_marked_lines(response, U'-', false) == wanted;
  };
}

// Parts of a line between `mark` and the next, with something else than white space inside.
std::size_t count_between(TextView text, TextView mark) {
  std::size_t count = 0;
  for (std::size_t at = text.find(mark); at != kNowhere; at = text.find(mark, at)) {
    const std::size_t inside = at + mark.size();
    const std::size_t end = std::min(text.find_first_of(U"*\n", inside), text.size());
    if (!text.substr(end).starts_with(mark)) {
      ++at;
      continue;
    }
    count += strip(text.substr(inside, end - inside)).empty() ? 0 : 1;
    at = end + mark.size();
  }
  return count;
}

Check highlighted_sections(const Arguments& arguments) {
  return [wanted = arguments.count("num_highlights")](TextView response) {
    return count_between(response, U"*") + count_between(response, U"**") >= wanted;
  };
}

// `name`, at most one white space and digits.
std::size_t count_sections(TextView text, TextView name) {
  std::size_t count = 0;
  for (std::size_t at = text.find(name); at != kNowhere; at = text.find(name, at)) {
    std::size_t number = at + name.size();
    if (number < text.size() && is_space(text[number])) ++number;
    const bool numbered = number < text.size() && is_digit(text[number]);
    count += numbered ? 1 : 0;
    at = numbered ? number + 1 : at + 1;
  }
  return count;
}

Check multiple_sections(const Arguments& arguments) {
  const Text name(strip(arguments.text("section_spliter")));
  if (name.empty()) arguments.fail("section_spliter", "a word", "an empty one");
  const std::size_t wanted = arguments.count("num_sections");
  return [=](TextView response) { return count_sections(response, name) >= wanted; };
}

Check json_format(const Arguments&) {
  return [](TextView response) {
    response = strip(response);
    for (const TextView fence :
         {TextView(U"```json"), TextView(U"```Json"), TextView(U"```JSON"), TextView(U"```")}) {
      if (response.starts_with(fence)) response.remove_prefix(fence.size());
    }
    if (response.ends_with(U"```")) response.remove_suffix(3);
    return is_json(strip(response));
  };
}

// From the first "<<" to the last ">>" of the line.
bool has_title(TextView line) {
  const std::size_t begin = line.find(U"<<");
  const std::size_t end = line.rfind(U">>");
  if (begin == kNowhere || end == kNowhere || end < begin + 3) return false;
  TextView title = line.substr(begin, end + 2 - begin);
  title.remove_prefix(std::min(title.find_first_not_of(U'<'), title.size()));
  while (title.ends_with(U'>')) title.remove_suffix(1);
  return !strip(title).empty();
}

Check title(const Arguments&) {
  return [](TextView response) {
    const auto lines = split_at(response, U"\n");
    return std::any_of(lines.begin(), lines.end(), has_title);
  };
}

Check constrained_response(const Arguments&) {
  return [](TextView response) {
    return response.find(U"My answer is yes.") != kNowhere ||
           response.find(U"My answer is no.") != kNowhere ||
           response.find(U"My answer is maybe.") != kNowhere;
  };
}

// "[" and the next "]" of its line.
Check placeholders(const Arguments& arguments) {
  return [wanted = arguments.count("num_placeholders")](TextView response) {
    std::size_t count = 0;
    for (std::size_t at = response.find(U'['); at != kNowhere; at = response.find(U'[', at)) {
      const std::size_t end = response.find_first_of(U"]\n", at);
      if (end == kNowhere) break;
      count += response[end] == U']' ? 1 : 0;
      at = end + 1;
    }
    return count >= wanted;
  };
}

// Whether the parts stand at `at` one after the other. The part " " is white space that may be
// left out.
bool has_parts(TextView text, std::size_t at, std::span<const TextView> parts) {
  for (const TextView part : parts) {
    if (part == U" ") {
      at += at < text.size() && is_space(text[at]) ? 1 : 0;
    } else {
      if (!text.substr(std::min(at, text.size())).starts_with(part)) return false;
      at += part.size();
    }
  }
  return true;
}

std::vector<TextView> postscript_parts(TextView marker) {
  if (marker == U"P.P.S") return {U"p.", U" ", U"p.", U" ", U"s"};
  if (marker == U"P.S.") return {U"p.", U" ", U"s."};
  return {};
}

Check postscript(const Arguments& arguments) {
  const Text marker(strip(arguments.text("postscript_marker")));
  return [=, parts = postscript_parts(marker), small = lower(marker)](TextView response) {
    const Text text = lower(response);
    if (parts.empty()) return text.find(small) != kNowhere;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (has_parts(text, at, parts)) return true;
    }
    return false;
  };
}

constexpr InstructionKind kKinds[] = {
    {"detectable_format:number_bullet_lists", bullet_lists},
    {"detectable_format:number_highlighted_sections", highlighted_sections},
    {"detectable_format:multiple_sections", multiple_sections},
    {"detectable_format:json_format", json_format},
    {"detectable_format:title", title},
    {"detectable_format:constrained_response", constrained_response},
    {"detectable_content:number_placeholders", placeholders},
    {"detectable_content:postscript", postscript},
};

}  // namespace

std::span<const InstructionKind> format_kinds() {
  return kKinds;
}

}  // namespace tess2::eval
