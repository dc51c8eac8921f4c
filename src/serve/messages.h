// A chat's messages as OpenAI writes them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "text/dialogue.h"

namespace tess2::serve {

/// The messages of the list `value`: an optional system message (`developer` is another name for
/// it), then users and assistants in turn, a user last. A content is a text or a list of text
/// parts, which are joined. Throws ApiError 400 naming the field, `path` before it.
std::vector<text::Message> read_messages(const nlohmann::json& value, const std::string& path);

}  // namespace tess2::serve
