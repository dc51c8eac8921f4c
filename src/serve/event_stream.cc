#include "serve/event_stream.h"

#include <utility>

#include "core/log.h"
#include "serve/json_body.h"

namespace tess2::serve {
namespace {

void run(EventStream& events, Connection& connection,
         const std::function<void(EventStream&)>& body) {
  try {
    body(events);
  } catch (const ClientGone&) {
    throw;
  } catch (const std::exception& error) {
    const ApiError told = to_api_error(error);
    connection.set_outcome(told.status());
    events.data(error_json(told));
  }
  events.done();
}

// False where nobody reads any more.
bool run_and_close(httplib::DataSink& sink, Connection& connection,
                   const std::function<void(EventStream&)>& body) {
  EventStream events(sink);
  try {
    run(events, connection, body);
  } catch (const ClientGone&) {
    connection.set_gone();
    return false;
  }
  sink.done();
  return true;
}

}  // namespace

void EventStream::data(const Json& json) {
  send("data: " + dumped(json) + "\n\n");
}

void EventStream::event(std::string_view name, const Json& json) {
  send("event: " + std::string(name) + "\ndata: " + dumped(json) + "\n\n");
}

void EventStream::done() {
  send("data: [DONE]\n\n");
}

void EventStream::send(const std::string& lines) {
  if (!sink_.write(lines.data(), lines.size())) throw ClientGone();
}

void reply_with_events(httplib::Response& response, Connection& connection,
                       std::function<void(EventStream&)> body) {
  response.status = 200;
  response.set_header("Cache-Control", "no-cache");
  response.set_header("X-Accel-Buffering", "no");  // a proxy between must not collect events
  response.set_chunked_content_provider(
      "text/event-stream",
      [&connection, body = std::move(body)](std::size_t, httplib::DataSink& sink) {
        return run_and_close(sink, connection, body);
      });
}

ApiError to_api_error(const std::exception& error) {
  if (const auto* told = dynamic_cast<const ApiError*>(&error)) return *told;
  if (dynamic_cast<const QueueFull*>(&error) != nullptr) {
    return {429, error.what(), "", "queue_full"};
  }
  if (dynamic_cast<const ShuttingDown*>(&error) != nullptr) {
    return {503, error.what(), "", "shutting_down"};
  }
  log_error(std::string("a request failed: ") + error.what());
  return {500, error.what()};
}

}  // namespace tess2::serve
