#include "serve/inquiry.h"

#include <algorithm>
#include <utility>

#include "core/random.h"

namespace tess2::serve {
namespace {

using std::chrono::milliseconds;

// How soon it is noticed that a client has gone.
constexpr milliseconds kGlance{50};

Scheduler::Ticket submit(Scheduler& scheduler, const std::shared_ptr<const SessionJob>& job,
                         const std::vector<std::uint64_t>& seeds, const std::shared_ptr<Feed>& feed,
                         Metrics& metrics) {
  std::vector<std::unique_ptr<Work>> works;
  for (const std::uint64_t seed : seeds) {
    works.push_back(std::make_unique<SessionWork>(job, seed, works.size(), feed, metrics));
  }
  return scheduler.submit(std::move(works));
}

}  // namespace

Inquiry::Inquiry(Scheduler& scheduler, const std::shared_ptr<const SessionJob>& job,
                 std::vector<std::uint64_t> seeds, Patience patience, Metrics& metrics)
    : seeds_(std::move(seeds)),
      patience_(std::move(patience)),
      ticket_(submit(scheduler, job, seeds_, feed_, metrics)) {}

std::optional<Event> Inquiry::next() {
  while (ended_ < seeds_.size()) {
    if (patience_.is_gone()) throw ClientGone();
    if (Clock::now() - begin_ > patience_.longest) {
      throw ApiError(504, "the answer took too long", "", "timeout");
    }
    auto event = feed_->wait(kGlance);
    if (!event) continue;
    if (const auto* ended = std::get_if<Ended>(&event->what)) take_in(*ended);
    return event;
  }
  return std::nullopt;
}

void Inquiry::take_in(const Ended& ended) {
  const WorkReport& report = ended.report;
  if (report.end == WorkEnd::kFailed) throw ApiError(500, report.problem);
  if (report.end == WorkEnd::kCancelled) throw ApiError(503, ShuttingDown().what());
  queue_seconds_ =
      ended_ == 0 ? report.queue_seconds : std::min(queue_seconds_, report.queue_seconds);
  compute_seconds_ += report.compute_seconds;
  ++ended_;
}

Timings Inquiry::timings() const {
  return {queue_seconds_, compute_seconds_,
          std::chrono::duration<double>(Clock::now() - begin_).count()};
}

std::uint64_t answer_seed(std::uint64_t seed, std::uint64_t index) {
  return index == 0 ? seed : derive_seed(seed, index) >> 11;
}

}  // namespace tess2::serve
