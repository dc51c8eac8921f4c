#include "generate/frames.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "generate/answer_text.h"

namespace tess2::generate {
namespace {

CanvasToken given(std::string text) {
  return {.text = std::move(text), .settled = true, .given = true};
}

CanvasFrame empty_frame(const Session& session) {
  const std::int64_t taken = session.steps_taken();
  return {taken, session.finished() ? taken : session.steps_planned(), {}};
}

}  // namespace

CanvasFrame answer_frame(const Session& session, const text::Tokenizer& tokenizer) {
  CanvasFrame frame = empty_frame(session);
  for (Slot& slot : session.slots(0)) {
    if (ends_answer(slot.id, tokenizer)) break;
    frame.tokens.push_back({.text = std::move(slot.text), .settled = slot.settled});
  }
  return frame;
}

CanvasFrame infill_frame(const Session& session, const InfillCanvas& canvas,
                         const text::Tokenizer& tokenizer) {
  CanvasFrame frame = empty_frame(session);
  const std::vector<Slot> slots = session.slots(0);
  const FilledText filled = canvas.fill(session.tokens());
  std::size_t at = 0;
  std::size_t slot = 0;
  for (std::size_t i = 0; i < filled.holes.size(); ++i) {
    const FilledHole& hole = filled.holes[i];
    frame.tokens.push_back(given(filled.text.substr(at, hole.begin - at)));
    bool settled = true;
    for (; slot < slots.size() && canvas.hole_of_slot()[slot] == i; ++slot) {
      settled = settled && (slots[slot].settled || ends_answer(slots[slot].id, tokenizer));
    }
    frame.tokens.push_back({.text = hole.text, .settled = settled});
    at = hole.end;
  }
  frame.tokens.push_back(given(filled.text.substr(at)));
  return frame;
}

}  // namespace tess2::generate
