#include "generate/session.h"

#include <algorithm>
#include <utility>

#include "tensor/parallel.h"

namespace tess2::generate {
namespace {

struct Alive {
  std::size_t number;
  std::unique_ptr<Session> session;
};

void step_all(const std::vector<Alive>& alive) {
  std::vector<Session*> sessions;
  for (const Alive& one : alive) sessions.push_back(one.session.get());
  step_together(sessions);
}

}  // namespace

Layout answer_layout(std::vector<text::TokenId> prompt, std::int64_t places, text::TokenId blank) {
  Layout layout;
  layout.span_mask.assign(prompt.size(), 0);
  layout.ids = std::move(prompt);
  layout.ids.resize(layout.ids.size() + static_cast<std::size_t>(places), blank);
  layout.span_mask.resize(layout.ids.size(), 1);
  return layout;
}

void step_together(std::span<Session* const> sessions) {
  // One alone has all threads to itself.
  if (sessions.size() == 1) return sessions.front()->step();
  tensor::parallel_tasks(std::ssize(sessions),
                         [&](std::int64_t i) { sessions[static_cast<std::size_t>(i)]->step(); });
}

void run_sessions(std::size_t count, const SessionJobs& jobs) {
  // Two a thread: while the last of one round is stepped, the others have something to do.
  const auto most = 2 * static_cast<std::size_t>(tensor::parallelism());
  std::vector<Alive> alive;
  for (std::size_t next = 0; next < count || !alive.empty();) {
    for (; next < count && alive.size() < most; ++next) alive.push_back({next, jobs.start(next)});
    step_all(alive);
    std::erase_if(alive, [&](const Alive& one) {
      const bool enough = jobs.stepped && jobs.stepped(one.number, *one.session);
      if (!enough && !one.session->finished()) return false;
      jobs.ended(one.number, *one.session);
      return true;
    });
  }
}

}  // namespace tess2::generate
