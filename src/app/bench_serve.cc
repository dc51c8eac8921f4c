#include "app/bench_serve.h"

#include <httplib.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>
#include <thread>

#include "core/error.h"
#include "core/settings.h"
#include "generate/answer_text.h"
#include "generate/settings.h"
#include "serve/server.h"
#include "text/dialogue.h"

namespace tess2::app {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr const char* kPath = "/v1/chat/completions";
constexpr const char* kJsonType = "application/json";
constexpr std::string_view kCanvasEvent = "event: tess2.canvas\n";
constexpr std::string_view kData = "data: ";

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// A server of its own on a free port, for as long as it lives.
class RunningServer {
 public:
  RunningServer(const generate::SessionHost& host, const serve::ServeSettings& settings)
      : server_(host, settings), thread_([this] { server_.run(); }) {}
  ~RunningServer() {
    server_.shut_down();
    thread_.join();
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  int port() const { return server_.port(); }

 private:
  serve::Server server_;
  std::thread thread_;
};

generate::SessionSettings session_settings(const ServeBenchSettings& settings) {
  generate::SessionSettings session;
  session.sampler.steps = settings.steps;
  return session;  // without commitment: every way takes all steps
}

serve::ServeSettings server_settings(const ServeBenchSettings& settings, std::int64_t length) {
  serve::ServeSettings served;
  served.port = 0;
  served.name = "bench";
  served.length = length;
  served.session = session_settings(settings);
  served.max_steps = std::max(served.max_steps, settings.steps);
  served.together = 1;
  return served;
}

std::string request_body(const ServeBenchSettings& settings, std::int64_t seed, bool stream) {
  Json body = {{"messages", {{{"role", "user"}, {"content", settings.prompt}}}},
               {"seed", seed},
               {"steps", settings.steps}};
  if (stream) body.update({{"stream", true}, {"tess2", {{"canvas", true}}}});
  return body.dump();
}

// The text of the bare sampler's answer.
std::string answer_directly(const generate::SessionHost& host, const ServeBenchSettings& settings,
                            std::int64_t length, std::int64_t seed) {
  const std::array<text::Message, 1> question{text::Message{"user", settings.prompt}};
  const auto prompt = text::encode_prompt(question, host.tokenizer());
  const std::int64_t places = length - std::ssize(prompt);
  if (places < 1) {
    throw UsageError("prompt: expected fewer tokens than the canvas (" + std::to_string(length) +
                     "), found " + std::to_string(prompt.size()));
  }
  const auto layout = generate::answer_layout(prompt, places, *host.tokenizer().pad());
  generate::SessionSettings how = session_settings(settings);
  how.seed = static_cast<std::uint64_t>(seed);
  const auto session = host.start(layout, how);
  while (!session->finished()) session->step();
  return generate::read_answer(session->tokens(), {}, host.tokenizer()).text;
}

void check_reply(const httplib::Result& reply) {
  if (!reply) throw Error("bench: the request failed: " + httplib::to_string(reply.error()));
  if (reply->status != 200) throw Error("bench: the server refused: " + reply->body);
}

std::string answer_served(httplib::Client& client, const std::string& body) {
  const auto reply = client.Post(kPath, body, kJsonType);
  check_reply(reply);
  return Json::parse(reply->body)["choices"][0]["message"]["content"].get<std::string>();
}

// Puts the texts of a stream together and tells of each canvas as it comes.
class StreamReader {
 public:
  explicit StreamReader(std::function<void()> on_canvas) : on_canvas_(std::move(on_canvas)) {}

  void take(std::string_view bytes) {
    buffer_ += bytes;
    for (std::size_t end; (end = buffer_.find("\n\n")) != std::string::npos;) {
      take_event(std::string_view(buffer_).substr(0, end));
      buffer_.erase(0, end + 2);
    }
  }
  const std::string& text() const { return text_; }

 private:
  void take_event(std::string_view event) {
    if (event.starts_with(kCanvasEvent)) return on_canvas_();
    if (!event.starts_with(kData) || event == "data: [DONE]") return;
    const Json chunk = Json::parse(event.substr(kData.size()));
    for (const Json& choice : chunk.value("choices", Json::array())) {
      text_ += choice["delta"].value("content", "");
    }
  }

  std::function<void()> on_canvas_;
  std::string buffer_;
  std::string text_;
};

std::string answer_streamed(httplib::Client& client, const std::string& body,
                            const std::function<void()>& on_canvas) {
  StreamReader reader(on_canvas);
  httplib::Request request;
  request.method = "POST";
  request.path = kPath;
  request.body = body;
  request.set_header("Content-Type", kJsonType);
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    reader.take({data, size});
    return true;
  };
  check_reply(client.send(request));
  return reader.text();
}

template <class Answer>
std::string timed(std::vector<double>& times, const Answer& answer) {
  const auto start = Clock::now();
  std::string text = answer();
  times.push_back(milliseconds_since(start));
  return text;
}

double percentile(std::vector<double> values, double p) {
  if (values.empty()) return 0.0;
  const auto at = static_cast<std::size_t>(p * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

// The median over requests of time / bare - 1.
double overhead(const std::vector<double>& times, const std::vector<double>& bare) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < times.size(); ++i) ratios.push_back(times[i] / bare[i] - 1.0);
  return percentile(std::move(ratios), 0.5);
}

std::string row(const char* name, const std::vector<double>& times) {
  std::array<char, 96> line{};
  std::snprintf(line.data(), line.size(), "%-30s %9.2f %9.2f %9.2f", name, percentile(times, 0.5),
                percentile(times, 0.1), percentile(times, 0.9));
  return line.data();
}

std::string percent(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "   %+.1f %%", 100.0 * share);
  return text.data();
}

}  // namespace

void ServeBenchSettings::bind(SettingsBinder& binder) {
  binder.field("requests", requests, "requests in each of the three ways").at_least(1);
  binder.field("steps", steps, "denoising steps of an answer").at_least(1);
  binder
      .field("length", length,
             "positions of the canvas, prompt included (0: as the model was trained, else 256)")
      .at_least(0);
  binder.field("prompt", prompt, "what is asked");
}

ServeBenchTimes bench_serve(const generate::SessionHost& host, const ServeBenchSettings& settings) {
  ServeBenchTimes times;
  times.length = settings.length;
  const RunningServer server(host, server_settings(settings, times.length));
  httplib::Client client("127.0.0.1", server.port());
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  client.set_read_timeout(600);
  answer_directly(host, settings, times.length, 0);  // warms caches up
  answer_served(client, request_body(settings, 0, false));
  for (std::int64_t seed = 1; seed <= settings.requests; ++seed) {
    const std::string bare =
        timed(times.bare, [&] { return answer_directly(host, settings, times.length, seed); });
    const std::string served = timed(
        times.served, [&] { return answer_served(client, request_body(settings, seed, false)); });
    auto last = Clock::now();
    bool first = true;
    const auto on_canvas = [&] {
      (std::exchange(first, false) ? times.first_event : times.between_events)
          .push_back(milliseconds_since(last));
      last = Clock::now();
    };
    const std::string streamed = timed(times.streamed, [&] {
      return answer_streamed(client, request_body(settings, seed, true), on_canvas);
    });
    if (bare != served || bare != streamed) {
      throw Error("bench: the answers to seed " + std::to_string(seed) + " differ");
    }
  }
  return times;
}

std::string serve_bench_text(const ServeBenchSettings& settings, const ServeBenchTimes& times) {
  return "canvas " + std::to_string(times.length) + ", " + std::to_string(settings.steps) +
         " steps, " + std::to_string(settings.requests) +
         " requests each; milliseconds     median      10 %      90 %   over bare\n" +
         row("bare sampler, an answer", times.bare) + "\n" + row("served, a reply", times.served) +
         percent(overhead(times.served, times.bare)) + "\n" +
         row("served, every canvas", times.streamed) +
         percent(overhead(times.streamed, times.bare)) + "\n" +
         row("first canvas after", times.first_event) + "\n" +
         row("between canvases", times.between_events) + "\n";
}

std::string serve_bench_json(const ServeBenchSettings& settings, const ServeBenchTimes& times) {
  const auto summary = [](const std::vector<double>& values) {
    return nlohmann::ordered_json{{"median_ms", percentile(values, 0.5)},
                                  {"p10_ms", percentile(values, 0.1)},
                                  {"p90_ms", percentile(values, 0.9)}};
  };
  const nlohmann::ordered_json json = {
      {"length", times.length},
      {"steps", settings.steps},
      {"requests", settings.requests},
      {"bare", summary(times.bare)},
      {"served", summary(times.served)},
      {"streamed", summary(times.streamed)},
      {"first_event", summary(times.first_event)},
      {"between_events", summary(times.between_events)},
      {"served_overhead", overhead(times.served, times.bare)},
      {"streamed_overhead", overhead(times.streamed, times.bare)},
  };
  return json.dump() + "\n";
}

}  // namespace tess2::app
