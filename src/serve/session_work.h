// One answer on its way: starts its session, tells the client's side of each step, and knows when
// nothing can follow.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "generate/session.h"
#include "serve/feed.h"
#include "serve/metrics.h"
#include "serve/scheduler.h"

namespace tess2::serve {

/// What the answers to one request have in common.
struct SessionJob {
  const generate::SessionHost& host;
  generate::Layout layout;
  generate::SessionSettings settings;  ///< all but the seed
  /// Whether the span is a text from its first place on: then it ends at an end token or stop text.
  bool is_answer = true;
  std::vector<std::string> stops = {};
  /// Whether the answer goes on with a text, so that the space it begins with is a part of it.
  bool continues = false;
  bool pieces = false;  ///< send text as it becomes certain
  bool frames = false;  ///< send the canvas after each step
  std::int64_t alternatives = 0;
};

/// `text`, an answer of `tokens` without the space that decoding takes away, as `job` wants it.
std::string with_space(const SessionJob& job, std::span<const text::TokenId> tokens,
                       std::string text);

class SessionWork final : public Work {
 public:
  SessionWork(std::shared_ptr<const SessionJob> job, std::uint64_t seed, std::size_t index,
              std::shared_ptr<Feed> feed, Metrics& metrics);

  std::unique_ptr<generate::Session> start() override;
  bool stepped(const generate::Session& session) override;
  double weight() const override;
  void ended(const WorkReport& report, const generate::Session* session) override;

 private:
  bool look_at_committed(const generate::Session& session);

  std::shared_ptr<const SessionJob> job_;
  std::uint64_t seed_;
  std::size_t index_;
  std::shared_ptr<Feed> feed_;
  Metrics& metrics_;
  std::size_t committed_ = 0;
  std::size_t sent_ = 0;  ///< bytes of text
};

}  // namespace tess2::serve
