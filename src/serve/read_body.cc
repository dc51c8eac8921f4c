#include "serve/read_body.h"

#include <strings.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/terminal.h"

namespace tess2::serve {
namespace {

// What the lengths of a body's chunks may take beside the body.
constexpr std::size_t kFraming = 8;

ApiError too_large(std::size_t max_bytes) {
  return {413, "the body: expected at most " + std::to_string(max_bytes) + " bytes, found more", "",
          "body_too_large"};
}

// A page of another site can send a text or a form without asking, but no JSON.
void check_type(const httplib::Request& request) {
  const std::string type = request.get_header_value("Content-Type");
  const std::string word = type.substr(0, type.find_first_of("; "));
  if (strcasecmp(word.c_str(), "application/json") == 0) return;
  throw ApiError(415, "Content-Type: expected application/json, found " +
                          (word.empty() ? "nothing" : printable(word, 60)));
}

ApiError broken(const httplib::Response& response, const Connection& connection) {
  if (connection.timed_out()) return late_request();
  constexpr int kUnsupported = 415;  // httplib's word for an encoding that it does not know
  if (response.status == kUnsupported) return {415, "Content-Encoding: it is not supported"};
  return {400, "the body: it breaks off"};
}

// 0 where it is not told, or is no number: httplib refuses such a request itself.
std::uint64_t content_length(const httplib::Request& request) {
  const std::string written = request.get_header_value("Content-Length");
  return std::strtoull(written.c_str(), nullptr, 10);
}

}  // namespace

ApiError late_request() {
  return {Connection::kLate, "the request did not arrive in time", "", "timeout"};
}

bool announces_body(const httplib::Request& request) {
  return request.has_header("Transfer-Encoding") || content_length(request) > 0;
}

std::string read_body(const httplib::Request& request, const httplib::Response& response,
                      const httplib::ContentReader& reader, Connection& connection,
                      std::size_t max_bytes) {
  if (!announces_body(request)) return "";
  connection.close_after_reply();
  check_type(request);
  if (content_length(request) > max_bytes) throw too_large(max_bytes);
  connection.allow(kFraming * max_bytes);
  std::string body;
  bool fits = true;
  const bool whole = reader([&](const char* data, std::size_t size) {
    fits = body.size() + size <= max_bytes;
    if (fits) body.append(data, size);
    return fits;
  });
  if (!fits) throw too_large(max_bytes);
  if (!whole) throw broken(response, connection);
  connection.close_after_reply(false);
  return body;
}

}  // namespace tess2::serve
