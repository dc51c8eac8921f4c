// What serving costs: the same answers from the bare sampler and through the HTTP server.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "generate/session.h"

namespace tess2 {
class SettingsBinder;
}

namespace tess2::app {

struct ServeBenchSettings {
  std::int64_t requests = 30;
  std::int64_t steps = 50;
  std::int64_t length = 0;  ///< positions of the canvas; 0: as the model was trained, else 256
  std::string prompt = "Tell me a story about Sam, the doll and the hill.";

  void bind(SettingsBinder& binder);
};

/// Times in milliseconds, one a request; events are those of all requests together.
struct ServeBenchTimes {
  std::vector<double> bare;            ///< sessions stepped directly, then read
  std::vector<double> served;          ///< one reply over HTTP
  std::vector<double> streamed;        ///< with every canvas as an event
  std::vector<double> first_event;     ///< from the request to its first canvas
  std::vector<double> between_events;  ///< from one canvas to the next
  std::int64_t length = 0;
};

/// Answers the prompt `requests` times in each of the three ways in turn, each time with another
/// seed, and checks that the three say the same. Throws Error where they do not, or where a request
/// fails.
ServeBenchTimes bench_serve(const generate::SessionHost& host, const ServeBenchSettings& settings);

/// A table for people: medians, the 10th and 90th percentiles, and what serving adds: the median
/// over requests of its time over the bare sampler's.
std::string serve_bench_text(const ServeBenchSettings& settings, const ServeBenchTimes& times);
/// The same as one JSON object and a newline.
std::string serve_bench_json(const ServeBenchSettings& settings, const ServeBenchTimes& times);

}  // namespace tess2::app
