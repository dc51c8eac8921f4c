#include "generate/session.h"

#include <utility>

namespace tess2::generate {

Layout answer_layout(std::vector<text::TokenId> prompt, std::int64_t places, text::TokenId blank) {
  Layout layout;
  layout.span_mask.assign(prompt.size(), 0);
  layout.ids = std::move(prompt);
  layout.ids.resize(layout.ids.size() + static_cast<std::size_t>(places), blank);
  layout.span_mask.resize(layout.ids.size(), 1);
  return layout;
}

}  // namespace tess2::generate
