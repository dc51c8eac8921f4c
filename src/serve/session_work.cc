#include "serve/session_work.h"

#include <utility>

#include "generate/answer_text.h"

namespace tess2::serve {

std::string with_space(const SessionJob& job, std::span<const text::TokenId> tokens,
                       std::string text) {
  if (!job.continues || text.empty()) return text;
  const bool spaced = generate::token_text(job.host.tokenizer(), tokens.front()).starts_with(' ');
  return spaced ? " " + text : text;
}

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
  const auto tokens = session.tokens().first(committed);
  const auto certain = generate::certain_text(tokens, job_->stops, job_->host.tokenizer());
  const std::string text = with_space(*job_, tokens, certain.text);
  if (job_->pieces && text.size() > sent_) {
    feed_->put({index_, Piece{text.substr(sent_)}});
    sent_ = text.size();
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
