#include "serve/routes.h"

#include <algorithm>
#include <array>

#include "core/terminal.h"
#include "generate/answer_text.h"
#include "serve/answer_endpoint.h"
#include "serve/event_stream.h"
#include "serve/infill_endpoint.h"
#include "serve/json_body.h"
#include "serve/model_json.h"
#include "serve/page.h"
#include "serve/read_body.h"

namespace tess2::serve {
namespace {

constexpr std::string_view kModelPrefix = "/v1/models/";
constexpr std::string_view kModelPath = "/v1/models/NAME";
constexpr std::string_view kPagePath = "/";
const char* const kJson = "application/json";

void reply_error(httplib::Response& response, const ApiError& error) {
  response.status = error.status();
  response.set_content(dumped(error_json(error)), kJson);
}

// In a time that does not tell how much of it is right.
bool same_key(std::string_view expected, std::string_view found) {
  unsigned different = expected.size() == found.size() ? 0 : 1;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const char other = i < found.size() ? found[i] : '\0';
    different |= static_cast<unsigned char>(expected[i]) ^ static_cast<unsigned char>(other);
  }
  return different == 0;
}

std::string_view bearer_token(std::string_view header) {
  constexpr std::string_view kScheme = "bearer ";
  const auto same_letter = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  };
  const std::string_view scheme = header.substr(0, kScheme.size());
  if (!std::equal(scheme.begin(), scheme.end(), kScheme.begin(), kScheme.end(), same_letter)) {
    return {};
  }
  return header.substr(kScheme.size());
}

// What httplib itself refuses, such as a head that it cannot read.
void fill_error(const Connection& connection, httplib::Response& response) {
  if (!response.body.empty()) return;
  if (connection.timed_out()) return reply_error(response, late_request());
  const int status = response.status;
  reply_error(response, ApiError(status, status == 404 ? "no such path"
                                                       : "the request's head cannot be read"));
}

}  // namespace

std::span<const Routes::Route> Routes::table() {
  static const std::array kTable = {
      Route{.path = kPagePath, .get = &Routes::page, .open = true},
      Route{.path = "/health", .get = &Routes::health, .open = true},
      Route{.path = "/metrics", .get = &Routes::metrics},
      Route{.path = "/v1/models", .get = &Routes::models},
      Route{.path = kModelPath, .get = &Routes::model},
      Route{.path = "/v1/chat/completions", .post = &Routes::chat},
      Route{.path = "/v1/completions", .post = &Routes::completion},
      Route{.path = "/v1/infill", .post = &Routes::infill},
      Route{.path = "/v1/tokenize", .post = &Routes::tokenize},
  };
  return kTable;
}

const Routes::Route* Routes::find(std::string_view path) {
  if (path.starts_with(kModelPrefix)) path = kModelPath;
  if (find_page_file(path) != nullptr) path = kPagePath;
  const auto found = std::ranges::find(table(), path, &Route::path);
  return found == table().end() ? nullptr : &*found;
}

// Few different words, whatever clients write.
std::string Routes::label(const std::string& path) {
  const Route* route = find(path);
  return route == nullptr ? "other" : std::string(route->path);
}

Routes::Routes(Service& service, HttpServer& http, const std::atomic<bool>& shutting_down)
    : service_(service), http_(http), shutting_down_(shutting_down) {
  http.observe([this] { service_.metrics().request_began(); },
               [this](const HttpServer::Outcome& outcome) {
                 service_.metrics().request_ended(label(outcome.path), outcome.status,
                                                  outcome.seconds);
               });
  http.set_default_headers({{"X-Content-Type-Options", "nosniff"}});
  http.set_error_handler(httplib::Server::Handler(
      [&http](const auto&, auto& response) { fill_error(http.connection(), response); }));
  http.set_pre_routing_handler([this](const auto& request, auto& response) {
    using Result = httplib::Server::HandlerResponse;
    return before(request, response) ? Result::Handled : Result::Unhandled;
  });
  http.Post(".*", [this](const auto& request, auto& response, const auto& reader) {
    post(request, response, reader);
  });
}

// Answers everything but a POST that may go on. True where it did.
bool Routes::before(const httplib::Request& request, httplib::Response& response) {
  const Route* route = find(request.path);
  bool goes_on = false;
  guard(response, [&] {
    check(route, request, response);
    if (route->get == nullptr) {
      goes_on = true;
      return;
    }
    response.status = 200;
    (this->*route->get)(request, response);
  });
  if (goes_on) return false;
  if (announces_body(request)) http_.connection().close_after_reply();
  return true;
}

void Routes::check(const Route* route, const httplib::Request& request,
                   httplib::Response& response) const {
  if (route == nullptr) {
    throw ApiError(404, "no such path: " + printable(request.path, 100), "", "not_found");
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (route->get != nullptr ? !reads : request.method != "POST") {
    const char* const allowed = route->get != nullptr ? "GET, HEAD" : "POST";
    response.set_header("Allow", allowed);
    throw ApiError(405, "expected " + std::string(allowed) + ", found " + request.method, "",
                   "method_not_allowed");
  }
  if (!route->open) check_key(request, response);
  if (route->post != nullptr && shutting_down_) throw ShuttingDown();
}

void Routes::check_key(const httplib::Request& request, httplib::Response& response) const {
  const std::string& key = service_.settings().api_key;
  if (key.empty()) return;
  const std::string header = request.get_header_value("Authorization");
  if (same_key(key, bearer_token(header))) return;
  response.set_header("WWW-Authenticate", "Bearer");
  throw ApiError(401,
                 header.empty() ? "a key is required: send `Authorization: Bearer KEY`"
                                : "the key is not the server's",
                 "", "invalid_api_key");
}

void Routes::post(const httplib::Request& request, httplib::Response& response,
                  const httplib::ContentReader& reader) {
  guard(response, [&] {
    Connection& connection = http_.connection();
    const auto max_bytes = static_cast<std::size_t>(service_.settings().max_body_bytes);
    const Body body = parse_body(read_body(request, response, reader, connection, max_bytes));
    response.status = 200;
    (this->*find(request.path)->post)(body, connection, response);
  });
}

void Routes::guard(httplib::Response& response, const std::function<void()>& body) {
  try {
    body();
  } catch (const ClientGone&) {
    http_.connection().set_gone();
    response.status = Connection::kClientGone;
  } catch (const QueueFull& error) {
    response.set_header("Retry-After", std::to_string(error.seconds()));
    reply_error(response, to_api_error(error));
  } catch (const std::exception& error) {
    reply_error(response, to_api_error(error));
  }
}

void Routes::page(const httplib::Request& request, httplib::Response& response) {
  const PageFile& file = *find_page_file(request.path);
  response.set_header("ETag", std::string(file.etag));
  response.set_header("Cache-Control", "no-cache");
  response.set_header("Content-Security-Policy", std::string(kPagePolicy));
  response.set_header("Referrer-Policy", "no-referrer");
  if (request.get_header_value("If-None-Match") == file.etag) {
    response.status = 304;
    return;
  }
  response.set_content(file.content.data(), file.content.size(), std::string(file.content_type));
}

void Routes::models(const httplib::Request& /*request*/, httplib::Response& response) {
  const Json list = {{"object", "list"}, {"data", Json::array({model_json(service_)})}};
  response.set_content(dumped(list), kJson);
}

void Routes::model(const httplib::Request& request, httplib::Response& response) {
  const std::string name = request.path.substr(kModelPrefix.size());
  if (name != service_.context().model) {
    throw ApiError(404, "no such model: " + printable(name, 100), "model", "model_not_found");
  }
  response.set_content(dumped(model_json(service_)), kJson);
}

void Routes::health(const httplib::Request& /*request*/, httplib::Response& response) {
  if (shutting_down_) response.status = 503;
  const Json json = {{"status", shutting_down_ ? "shutting down" : "ok"}};
  response.set_content(dumped(json), kJson);
}

void Routes::metrics(const httplib::Request& /*request*/, httplib::Response& response) {
  response.set_content(service_.metrics().text(service_.scheduler().counts()),
                       "text/plain; version=0.0.4; charset=utf-8");
}

void Routes::chat(const Body& body, Connection& connection, httplib::Response& response) {
  answer(service_, parse_chat(body, service_.context()), connection, response);
}

void Routes::completion(const Body& body, Connection& connection, httplib::Response& response) {
  answer(service_, parse_completion(body, service_.context()), connection, response);
}

void Routes::infill(const Body& body, Connection& connection, httplib::Response& response) {
  fill(service_, parse_infill(body, service_.context()), connection, response);
}

void Routes::tokenize(const Body& body, Connection& /*connection*/, httplib::Response& response) {
  const text::Tokenizer& tokenizer = service_.tokenizer();
  Json tokens = Json::array();
  for (const text::TokenId id : tokenizer.encode(parse_tokenize(body, service_.context()))) {
    tokens.push_back({{"id", id}, {"text", generate::token_text(tokenizer, id)}});
  }
  const std::size_t count = tokens.size();
  response.set_content(dumped({{"tokens", std::move(tokens)}, {"count", count}}), kJson);
}

}  // namespace tess2::serve
