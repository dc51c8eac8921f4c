// Server-sent events.
#pragma once

#include <httplib.h>

#include <functional>
#include <string_view>

#include "serve/connection.h"
#include "serve/openai.h"

namespace tess2::serve {

class EventStream {
 public:
  explicit EventStream(httplib::DataSink& sink) : sink_(sink) {}

  /// Each sends one event. Throws ClientGone where it cannot be sent.
  void data(const Json& json);
  void event(std::string_view name, const Json& json);
  /// `data: [DONE]`, the end.
  void done();

 private:
  void send(const std::string& lines);

  httplib::DataSink& sink_;
};

/// Lets `body` send events in the reply. What it throws becomes an event with an error object; the
/// stream then ends as usual.
void reply_with_events(httplib::Response& response, Connection& connection,
                       std::function<void(EventStream&)> body);

/// What a client is told of `error`, which is logged where the server is at fault.
ApiError to_api_error(const std::exception& error);

}  // namespace tess2::serve
