#include "serve/service.h"

#include <algorithm>
#include <ctime>
#include <random>
#include <thread>
#include <utility>

#include "generate/settings.h"

namespace tess2::serve {
namespace {

// Fit for every reader, as those of answer_seed.
constexpr std::uint64_t kSeedBound = std::uint64_t{1} << 53;

ServeSettings checked(ServeSettings settings, const generate::SessionHost& host) {
  settings.length = generate::canvas_length_for(settings.length, 0);
  settings.check();
  if (settings.session.guidance.scale != 0.0 && !host.can_guide()) {
    throw UsageError("guidance.scale: needs a reward model (--reward-model)");
  }
  return settings;
}

std::uint64_t first_seed(const ServeSettings& settings) {
  if (settings.seed >= 0) return static_cast<std::uint64_t>(settings.seed);
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

SchedulerSettings scheduler_settings(const ServeSettings& settings) {
  const auto processors =
      std::max(std::int64_t{1}, std::int64_t{std::thread::hardware_concurrency()});
  return {settings.max_active, settings.max_waiting,
          settings.together == 0 ? processors : settings.together};
}

}  // namespace

Service::Service(const generate::SessionHost& host, const ServeSettings& settings)
    : host_(host),
      settings_(checked(settings, host)),
      context_{settings_, settings_.name, host.can_guide()},
      started_(std::time(nullptr)),
      drawn_seeds_(first_seed(settings_), Stream::kGenerate),
      scheduler_(scheduler_settings(settings_), metrics_) {}

std::vector<std::uint64_t> Service::seeds(const std::optional<std::uint64_t>& asked,
                                          std::int64_t n) {
  std::uint64_t first = 0;
  if (asked) {
    first = *asked;
  } else {
    const std::lock_guard lock(mutex_);
    first = drawn_seeds_.below(kSeedBound);
  }
  std::vector<std::uint64_t> seeds;
  for (std::int64_t i = 0; i < n; ++i) {
    seeds.push_back(answer_seed(first, static_cast<std::uint64_t>(i)));
  }
  return seeds;
}

std::unique_ptr<Inquiry> Service::inquire(const std::shared_ptr<const SessionJob>& job,
                                          std::vector<std::uint64_t> seeds,
                                          const Connection& connection) {
  const std::chrono::duration<double> longest(settings_.request_seconds);
  return std::make_unique<Inquiry>(
      scheduler_, job, std::move(seeds),
      Patience{longest, [&connection] { return connection.peer_gone(); }}, metrics_);
}

}  // namespace tess2::serve
