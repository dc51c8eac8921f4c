// What a person watches of a session: frames for the live view.
#pragma once

#include "generate/infill.h"
#include "generate/live_view.h"
#include "generate/session.h"
#include "text/tokenizer.h"

namespace tess2::generate {

/// The answer as it stands, up to its end. Needs a step before it.
CanvasFrame answer_frame(const Session& session, const text::Tokenizer& tokenizer);

/// The whole text as it stands, what fills its holes included; `canvas` is what the session was
/// started on. Needs a step before it.
CanvasFrame infill_frame(const Session& session, const InfillCanvas& canvas,
                         const text::Tokenizer& tokenizer);

}  // namespace tess2::generate
