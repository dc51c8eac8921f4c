#include "text/special_tokens.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tess2::text {

void SpecialTokens::add(std::string content, TokenId id) {
  auto& entries = by_first_byte_[static_cast<std::uint8_t>(content.front())];
  const auto shorter = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
    return entry.content.size() < content.size();
  });
  entries.insert(shorter, {std::move(content), id});
}

std::optional<SpecialTokens::Match> SpecialTokens::find(std::string_view text,
                                                        std::size_t from) const {
  for (std::size_t begin = from; begin < text.size(); ++begin) {
    for (const Entry& entry : by_first_byte_[static_cast<std::uint8_t>(text[begin])]) {
      if (!text.substr(begin).starts_with(entry.content)) continue;
      return Match{begin, begin + entry.content.size(), entry.id};
    }
  }
  return std::nullopt;
}

}  // namespace tess2::text
