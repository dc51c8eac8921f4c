#include "serve/session_work.h"

#include <utility>

#include "generate/answer_text.h"

namespace tess2::serve {

SessionWork::SessionWork(std::shared_ptr<const SessionJob> job, std::uint64_t seed,
                         std::size_t index, std::shared_ptr<Feed> feed, Metrics& metrics)
    : job_(std::move(job)), seed_(seed), index_(index), feed_(std::move(feed)), metrics_(metrics) {}

std::unique_ptr<generate::Session> SessionWork::start() {
  generate::SessionSettings settings = job_->settings;
  settings.seed = seed_;
  return job_->host.start(job_->layout, settings);
}

bool SessionWork::stepped(const generate::Session& session) {
  if (job_->frames) {
    feed_->put({index_, Frame{session.steps_taken(), session.steps_planned(), session.committed(),
                              session.slots(job_->alternatives)}});
  }
  return look_at_committed(session);
}

bool SessionWork::look_at_committed(const generate::Session& session) {
  const std::size_t committed = session.committed();
  if (committed == committed_) return false;
  metrics_.committed(static_cast<std::int64_t>(committed - committed_));
  committed_ = committed;
  if (!job_->is_answer) return false;
  const auto certain = generate::certain_text(session.tokens().first(committed), job_->stops,
                                              job_->host.tokenizer());
  if (job_->pieces && certain.text.size() > sent_) {
    feed_->put({index_, Piece{certain.text.substr(sent_)}});
    sent_ = certain.text.size();
  }
  return certain.complete;
}

double SessionWork::weight() const {
  return static_cast<double>(job_->layout.ids.size());
}

void SessionWork::ended(const WorkReport& report, const generate::Session* session) {
  Ended ended{report, {}, 0};
  if (session != nullptr) {
    const auto tokens = session->tokens();
    ended.tokens.assign(tokens.begin(), tokens.end());
    ended.steps = session->steps_taken();
  }
  feed_->put({index_, std::move(ended)});
}

}  // namespace tess2::serve
