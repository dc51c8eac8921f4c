// What clients may ask for, read from JSON: every field is checked, and errors name it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "generate/session.h"
#include "serve/settings.h"
#include "text/dialogue.h"

namespace tess2::serve {

/// What a request's fields are checked against.
struct RequestContext {
  const ServeSettings& settings;
  std::string model;       ///< the name that clients use
  bool can_guide = false;  ///< there is a reward model
};

/// The fields that all ways to ask share.
struct Sampling {
  generate::SessionSettings session;  ///< all but the seed
  std::optional<std::uint64_t> seed;
  bool stream = false;
  bool include_usage = false;     ///< a last chunk tells `usage`
  bool canvas = false;            ///< each step sends its canvas
  std::int64_t alternatives = 3;  ///< of each slot of a canvas
};

/// A chat or text completion.
struct AnswerRequest {
  bool chat = true;
  std::vector<text::Message> messages;  ///< of a chat
  std::string prompt;                   ///< of a text completion
  std::optional<std::int64_t> max_tokens;
  std::vector<std::string> stops;
  std::int64_t n = 1;
  Sampling sampling;
};

/// A text with holes.
struct InfillRequest {
  std::string text;
  std::vector<text::Message> messages;  ///< may be empty
  Sampling sampling;
};

/// Each reads the body of a request. Throws ApiError: 404 for another model, 400 for everything
/// else that is wrong.
AnswerRequest parse_chat(const nlohmann::json& body, const RequestContext& context);
AnswerRequest parse_completion(const nlohmann::json& body, const RequestContext& context);
InfillRequest parse_infill(const nlohmann::json& body, const RequestContext& context);
/// The text to cut into tokens.
std::string parse_tokenize(const nlohmann::json& body, const RequestContext& context);

}  // namespace tess2::serve
