// Brings what happens to a request's answers from the scheduler's thread to the one that talks to
// the client.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "generate/session.h"
#include "serve/scheduler.h"

namespace tess2::serve {

/// Text that is certain now, to follow what came before.
struct Piece {
  std::string text;
};

/// A canvas after a step.
struct Frame {
  std::int64_t step = 0;  ///< from 1
  std::int64_t steps = 0;
  std::size_t committed = 0;
  std::vector<generate::Slot> slots;
};

/// The end of an answer.
struct Ended {
  WorkReport report;
  std::vector<text::TokenId> tokens;  ///< of the span; meaningful where it finished
  std::int64_t steps = 0;
};

struct Event {
  std::size_t index = 0;  ///< of the answer, from 0
  std::variant<Piece, Frame, Ended> what;
};

class Feed {
 public:
  /// Frames that nobody has fetched yet, at most: of a client that reads more slowly than the model
  /// steps, the oldest ones are left out.
  static constexpr std::size_t kMaxFrames = 256;

  void put(Event event);
  /// The next event, in the order of `put`; nothing where none comes in that time.
  std::optional<Event> wait(std::chrono::milliseconds longest);

 private:
  void drop_oldest_frame();

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Event> events_;
  std::size_t frames_ = 0;
};

}  // namespace tess2::serve
