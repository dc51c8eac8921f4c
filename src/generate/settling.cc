#include "generate/settling.h"

namespace tess2::generate {

void Settling::observe(std::int64_t step, std::span<const std::int64_t> tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens_[i] == tokens[i]) continue;
    tokens_[i] = tokens[i];
    changed_at_[i] = step;
  }
}

}  // namespace tess2::generate
