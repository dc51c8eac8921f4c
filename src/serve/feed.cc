#include "serve/feed.h"

#include <algorithm>
#include <utility>

namespace tess2::serve {
namespace {

bool is_frame(const Event& event) {
  return std::holds_alternative<Frame>(event.what);
}

}  // namespace

void Feed::put(Event event) {
  {
    const std::lock_guard lock(mutex_);
    if (is_frame(event) && ++frames_ > kMaxFrames) drop_oldest_frame();
    events_.push_back(std::move(event));
  }
  arrived_.notify_one();
}

std::optional<Event> Feed::wait(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  if (!arrived_.wait_for(lock, longest, [this] { return !events_.empty(); })) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  if (is_frame(event)) --frames_;
  return event;
}

void Feed::drop_oldest_frame() {
  events_.erase(std::find_if(events_.begin(), events_.end(), is_frame));
  --frames_;
}

}  // namespace tess2::serve
