// What the person who runs the server may choose.
#pragma once

#include <cstdint>
#include <string>

#include "generate/session.h"

namespace tess2 {
class SettingsBinder;
}

namespace tess2::serve {

struct ServeSettings {
  std::string host = "127.0.0.1";
  /// 0: the system picks one (Server::port).
  std::int64_t port = 8080;
  /// What clients call the model; empty: the name of its folder.
  std::string name;
  /// Clients must send it as `Authorization: Bearer KEY`; empty: anyone may ask. Not bound: a key
  /// has no place in a recipe.
  std::string api_key;

  /// Positions of the canvas, the prompt included; 0: 256.
  std::int64_t length = 0;
  /// What a request leaves open; all but the seed.
  generate::SessionSettings session = committing();
  /// Where the seeds of requests without one begin; below 0: elsewhere at each start.
  std::int64_t seed = -1;

  std::int64_t max_tokens = 0;  ///< places of an answer; 0: what the canvas leaves free
  std::int64_t max_steps = 1000;
  std::int64_t max_n = 8;  ///< answers to one request
  std::int64_t max_holes = 64;
  std::int64_t max_body_bytes = 1 << 20;

  std::int64_t max_active = 16;   ///< sessions that take turns; each holds a canvas
  std::int64_t max_waiting = 64;  ///< sessions that wait for a turn
  std::int64_t together = 0;      ///< sessions stepped at once; 0: one a processor
  /// HTTP connections beyond those of requests in hand: pages, metrics, idle ones.
  std::int64_t spare_connections = 32;

  double request_seconds = 600.0;  ///< longest time from question to answer
  double read_seconds = 30.0;      ///< longest time for a request to arrive
  double write_seconds = 30.0;     ///< longest time for a client to take a part of a reply
  double idle_seconds = 15.0;      ///< longest time between two requests of a connection
  double shutdown_seconds = 30.0;

  void bind(SettingsBinder& binder);
  /// Throws UsageError for settings that contradict each other.
  void check() const;

 private:
  static generate::SessionSettings committing();
};

}  // namespace tess2::serve
