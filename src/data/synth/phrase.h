// Phrases with blanks, from which all synthetic text is made.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tess2::data::synth {

/// What goes into the blanks of a phrase, by name.
using Blanks = std::map<std::string, std::string, std::less<>>;

/// `phrase` with each `{name}` replaced. `{Name}` is the value with a capital first letter, and
/// `{a name}` or `{A name}` the value after "a" or "an". Throws Error for a blank without a value
/// or without its closing brace.
std::string fill(std::string_view phrase, const Blanks& blanks);

/// "a hat", "an old hat".
std::string with_article(std::string_view words);

/// "a", "a and b", "a, b and c".
std::string enumerate(std::span<const std::string> items);

/// Items joined with single spaces or another mark, and text taken apart at any white space.
std::string join(std::span<const std::string> words, std::string_view mark = " ");
std::vector<std::string> split_words(std::string_view text);

}  // namespace tess2::data::synth
