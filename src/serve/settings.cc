#include "serve/settings.h"

#include "core/error.h"
#include "core/settings.h"

namespace tess2::serve {
namespace {

constexpr double kLongest = 86400.0;

void bind_address(ServeSettings& s, SettingsBinder& b) {
  b.field("host", s.host, "address to listen at; 0.0.0.0: every network")
      .require([](const std::string& host) { return !host.empty(); }, "that is not empty");
  b.field("port", s.port, "port to listen at; 0: one that the system picks")
      .at_least(0)
      .at_most(65535);
  b.field("name", s.name, "what clients call the model; empty: its folder's name");
}

void bind_limits(ServeSettings& s, SettingsBinder& b) {
  b.field("max_tokens", s.max_tokens, "places of an answer at most; 0: what the canvas leaves free")
      .at_least(0);
  b.field("max_steps", s.max_steps, "denoising steps at most").at_least(1).at_most(1000000);
  b.field("max_n", s.max_n, "answers to one request at most").at_least(1).at_most(1024);
  b.field("max_holes", s.max_holes, "holes of a text at most").at_least(1).at_most(65536);
  b.field("max_body_bytes", s.max_body_bytes, "bytes of a request's body at most")
      .at_least(1024)
      .at_most(1 << 30);
}

void bind_queue(ServeSettings& s, SettingsBinder& b) {
  b.field("max_active", s.max_active, "answers that take turns at most").at_least(1).at_most(4096);
  b.field("max_waiting", s.max_waiting, "answers that wait for a turn at most")
      .at_least(0)
      .at_most(65536);
  b.field("together", s.together, "answers stepped at once; 0: one a processor")
      .at_least(0)
      .at_most(1024);
  b.field("spare_connections", s.spare_connections, "connections beside those of answers")
      .at_least(1)
      .at_most(4096);
}

void bind_times(ServeSettings& s, SettingsBinder& b) {
  const auto seconds = [&](const char* name, double& member, const char* help) {
    b.field(name, member, help).above(0).at_most(kLongest);
  };
  seconds("request_seconds", s.request_seconds, "longest time from question to answer");
  seconds("read_seconds", s.read_seconds, "longest time for a request to arrive");
  seconds("write_seconds", s.write_seconds, "longest time for a client to take a part of a reply");
  seconds("idle_seconds", s.idle_seconds, "longest time between two requests of a connection");
  b.field("shutdown_seconds", s.shutdown_seconds, "how long requests in hand may go on at the end")
      .at_least(0)
      .at_most(kLongest);
}

}  // namespace

generate::SessionSettings ServeSettings::committing() {
  generate::SessionSettings session;
  session.commitment.enabled = true;
  return session;
}

void ServeSettings::bind(SettingsBinder& binder) {
  bind_address(*this, binder);
  binder
      .field("length", length,
             "positions of the canvas, prompt included (0: as the model was trained, else 256)")
      .at_least(0);
  session.bind(binder);
  binder.field("seed", seed, "start of the seeds of requests without one; -1: another each time")
      .at_least(-1);
  bind_limits(*this, binder);
  bind_queue(*this, binder);
  bind_times(*this, binder);
}

void ServeSettings::check() const {
  if (max_n > max_active + max_waiting) {
    throw UsageError("max_n: expected at most max_active + max_waiting = " +
                     std::to_string(max_active + max_waiting) + ", found " + std::to_string(max_n));
  }
  if (session.sampler.steps > max_steps) {
    throw UsageError("steps: expected at most max_steps = " + std::to_string(max_steps) +
                     ", found " + std::to_string(session.sampler.steps));
  }
}

}  // namespace tess2::serve
