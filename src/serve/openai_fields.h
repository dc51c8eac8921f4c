// Fields of OpenAI's API that this server has no use for: taken where they ask for nothing, refused
// where they ask for what cannot be had, so that nobody is answered as if they had it.
#pragma once

#include <cstdint>

#include "serve/json_body.h"

namespace tess2::serve {

/// Each throws ApiError 400 for a field that asks for something, and makes the others known.
/// Fields that say who asks, for any request.
void accept_common_fields(Fields& fields);
void accept_chat_fields(Fields& fields);
/// `n` is the number of answers: `best_of` may be no other.
void accept_completion_fields(Fields& fields, std::int64_t n);
void accept_message_fields(Fields& fields);

}  // namespace tess2::serve
