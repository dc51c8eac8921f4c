// Replies and chunks as OpenAI's clients read them, and what tess2 adds. Include it in .cc files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "generate/answer_text.h"
#include "serve/feed.h"
#include "serve/inquiry.h"

namespace tess2::serve {

/// In the order in which it is written.
using Json = nlohmann::ordered_json;

/// What every part of a reply begins with.
struct ReplyHead {
  std::string id;
  std::string object;  ///< `chat.completion`; of chunks `chat.completion.chunk`
  std::int64_t created = 0;
  std::string model;
  bool chat = true;
};

/// A head with an id that no other reply has, and the time now.
ReplyHead make_head(const std::string& id_prefix, const std::string& object,
                    const std::string& model, bool chat);

/// A whole answer.
struct Answer {
  generate::AnswerText text;
  std::int64_t steps = 0;
};

struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

Json usage_json(const Usage& usage);

/// `{"seeds", "steps", "queue_ms", "compute_ms", "total_ms"}`
Json extension_json(std::span<const std::uint64_t> seeds, std::span<const std::int64_t> steps,
                    const Timings& timings);

/// Id, object, time and model alone.
Json head_json(const ReplyHead& head);

/// The reply that is not streamed.
Json completion_json(const ReplyHead& head, std::span<const Answer> answers);

/// The first chunk of an answer of a chat: who speaks.
Json role_chunk(const ReplyHead& head, std::size_t index);
/// Text that follows what was sent; `reason` in an answer's last chunk.
Json text_chunk(const ReplyHead& head, std::size_t index, const std::string& text,
                std::optional<generate::FinishReason> reason = std::nullopt);
/// A chunk without choices, for `usage`.
Json usage_chunk(const ReplyHead& head, const Usage& usage);

/// The data of the event `tess2.canvas`.
Json canvas_json(const ReplyHead& head, std::size_t index, const Frame& frame,
                 std::span<const Json> slots);
Json slot_json(const generate::Slot& slot);

}  // namespace tess2::serve
