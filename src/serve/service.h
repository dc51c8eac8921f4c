// What the endpoints work with.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/random.h"
#include "generate/session.h"
#include "serve/connection.h"
#include "serve/inquiry.h"
#include "serve/metrics.h"
#include "serve/request.h"
#include "serve/scheduler.h"
#include "serve/settings.h"

namespace tess2::serve {

class Service {
 public:
  /// `host` must outlive the service, and its padding token must exist. Throws UsageError as
  /// ServeSettings::check, and where the settings ask for guidance that `host` cannot give.
  Service(const generate::SessionHost& host, const ServeSettings& settings);

  const generate::SessionHost& host() const { return host_; }
  const text::Tokenizer& tokenizer() const { return host_.tokenizer(); }
  const ServeSettings& settings() const { return settings_; }
  /// What requests are checked against.
  const RequestContext& context() const { return context_; }
  /// When the service began, in Unix seconds.
  std::int64_t started() const { return started_; }
  Metrics& metrics() { return metrics_; }
  Scheduler& scheduler() { return scheduler_; }

  /// The seeds of `n` answers: from the request's, or from one that is drawn. From any thread.
  std::vector<std::uint64_t> seeds(const std::optional<std::uint64_t>& asked, std::int64_t n);

  /// Hands a job to the scheduler, for the client at `connection`. Throws as Inquiry.
  std::unique_ptr<Inquiry> inquire(const std::shared_ptr<const SessionJob>& job,
                                   std::vector<std::uint64_t> seeds, const Connection& connection);

 private:
  const generate::SessionHost& host_;
  const ServeSettings settings_;
  const RequestContext context_;
  const std::int64_t started_;
  std::mutex mutex_;
  Rng drawn_seeds_;
  Metrics metrics_;
  Scheduler scheduler_;
};

}  // namespace tess2::serve
