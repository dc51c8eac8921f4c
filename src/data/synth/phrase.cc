#include "data/synth/phrase.h"

#include <cctype>
#include <sstream>

#include "core/error.h"

namespace tess2::data::synth {
namespace {

std::string capitalised(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string lower_first(std::string_view name) {
  std::string text(name);
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

/// The value of the blank that is written as `name`.
std::string value_of(std::string_view name, const Blanks& blanks) {
  if (name.empty()) throw Error("a blank without a name");
  const bool capital = std::isupper(static_cast<unsigned char>(name[0])) != 0;
  std::string key = lower_first(name);
  const bool article = key.starts_with("a ");
  if (article) key.erase(0, 2);
  const auto found = blanks.find(key);
  if (found == blanks.end()) throw Error("no value for the blank {" + key + "}");
  const std::string value = article ? with_article(found->second) : found->second;
  return capital ? capitalised(value) : value;
}

}  // namespace

std::string fill(std::string_view phrase, const Blanks& blanks) {
  std::string text;
  std::size_t at = 0;
  for (std::size_t open = 0; (open = phrase.find('{', at)) != std::string_view::npos;) {
    const std::size_t close = phrase.find('}', open);
    if (close == std::string_view::npos) throw Error("a blank without its closing brace");
    text += phrase.substr(at, open - at);
    text += value_of(phrase.substr(open + 1, close - open - 1), blanks);
    at = close + 1;
  }
  return text += phrase.substr(at);
}

std::string with_article(std::string_view words) {
  const bool vowel = !words.empty() && std::string_view("aeio").find(words[0]) != std::string::npos;
  return (vowel ? "an " : "a ") + std::string(words);
}

std::string enumerate(std::span<const std::string> items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
    text += items[i];
  }
  return text;
}

std::string join(std::span<const std::string> words, std::string_view mark) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += mark;
    text += word;
  }
  return text;
}

std::vector<std::string> split_words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace tess2::data::synth
