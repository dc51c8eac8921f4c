#include "serve/metrics.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tess2::serve {
namespace {

constexpr int kBounds = 20;

std::string number(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.9g", value);
  return buffer.data();
}

std::string head(std::string_view name, std::string_view type, std::string_view help) {
  const std::string word = "tess2_" + std::string(name);
  return "# HELP " + word + " " + std::string(help) + "\n# TYPE " + word + " " + std::string(type) +
         "\n";
}

template <class Number>
std::string single(std::string_view name, std::string_view type, std::string_view help,
                   Number value) {
  return head(name, type, help) + "tess2_" + std::string(name) + " " + std::to_string(value) + "\n";
}

std::string histogram(std::string_view name, std::string_view help, const Histogram& values) {
  return head(name, "histogram", help) + values.lines("tess2_" + std::string(name));
}

}  // namespace

Histogram::Histogram() {
  double bound = 0.001;
  for (int i = 0; i < kBounds; ++i, bound *= 2) bounds_.push_back(bound);
  counts_.resize(bounds_.size() + 1);
}

void Histogram::add(double seconds) {
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), seconds);
  ++counts_[static_cast<std::size_t>(bound - bounds_.begin())];
  sum_ += seconds;
}

std::string Histogram::lines(std::string_view name) const {
  const std::string word(name);
  std::string out;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    total += counts_[i];
    const std::string bound = i < bounds_.size() ? number(bounds_[i]) : "+Inf";
    out += word + "_bucket{le=\"" + bound + "\"} " + std::to_string(total) + "\n";
  }
  out += word + "_sum " + number(sum_) + "\n";
  return out + word + "_count " + std::to_string(total) + "\n";
}

void Metrics::request_began() {
  const std::lock_guard lock(mutex_);
  ++in_flight_;
}

void Metrics::request_ended(const std::string& path, int status, double seconds) {
  const std::lock_guard lock(mutex_);
  --in_flight_;
  ++requests_[{path, status}];
  request_.add(seconds);
}

void Metrics::session_started(double queue_seconds) {
  const std::lock_guard lock(mutex_);
  queue_.add(queue_seconds);
}

void Metrics::stepped(std::int64_t sessions, double seconds) {
  const std::lock_guard lock(mutex_);
  steps_ += static_cast<std::uint64_t>(sessions);
  step_.add(seconds);
}

void Metrics::answered(std::int64_t prompt_tokens, std::int64_t answer_tokens) {
  const std::lock_guard lock(mutex_);
  prompt_tokens_ += static_cast<std::uint64_t>(prompt_tokens);
  answer_tokens_ += static_cast<std::uint64_t>(answer_tokens);
}

void Metrics::committed(std::int64_t tokens) {
  const std::lock_guard lock(mutex_);
  committed_tokens_ += static_cast<std::uint64_t>(tokens);
}

std::string Metrics::text(const SessionCounts& sessions) const {
  const std::lock_guard lock(mutex_);
  std::string out = head("requests_total", "counter", "Requests answered, by path and status");
  for (const auto& [key, count] : requests_) {
    out += "tess2_requests_total{path=\"" + key.first + "\",status=\"" +
           std::to_string(key.second) + "\"} " + std::to_string(count) + "\n";
  }
  out += single("requests_in_flight", "gauge", "Requests being answered", in_flight_);
  out += single("sessions_active", "gauge", "Answers that take turns", sessions.active);
  out += single("sessions_waiting", "gauge", "Answers that wait for a turn", sessions.waiting);
  out += single("steps_total", "counter", "Denoising steps, of all answers", steps_);
  out += single("prompt_tokens_total", "counter", "Tokens of prompts", prompt_tokens_);
  out += single("answer_tokens_total", "counter", "Tokens of answers", answer_tokens_);
  out += single("committed_tokens_total", "counter",
                "Tokens of answers that were fixed before the end", committed_tokens_);
  out += histogram("queue_seconds", "Time from a request to its answer's first step", queue_);
  out += histogram("step_seconds", "Time of the steps that answers took together", step_);
  return out +
         histogram("request_seconds", "Time from a request to the end of its reply", request_);
}

}  // namespace tess2::serve
