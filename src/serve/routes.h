// Which request goes where, who may ask, and what errors look like.
#pragma once

#include <httplib.h>

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "serve/http_server.h"
#include "serve/service.h"

namespace tess2::serve {

class Routes {
 public:
  /// All must outlive the routes. Sets up `http`.
  Routes(Service& service, HttpServer& http, const std::atomic<bool>& shutting_down);
  Routes(const Routes&) = delete;
  Routes& operator=(const Routes&) = delete;

 private:
  using Body = nlohmann::json;
  using Get = void (Routes::*)(const httplib::Request&, httplib::Response&);
  using Post = void (Routes::*)(const Body&, Connection&, httplib::Response&);

  /// A path with one of the two.
  struct Route {
    std::string_view path;
    Get get = nullptr;
    Post post = nullptr;
    bool open = false;  ///< for those without a key too
  };
  static std::span<const Route> table();
  static const Route* find(std::string_view path);
  static std::string label(const std::string& path);

  bool before(const httplib::Request& request, httplib::Response& response);
  void check(const Route* route, const httplib::Request& request,
             httplib::Response& response) const;
  void check_key(const httplib::Request& request, httplib::Response& response) const;
  void post(const httplib::Request& request, httplib::Response& response,
            const httplib::ContentReader& reader);
  void guard(httplib::Response& response, const std::function<void()>& body);

  void page(const httplib::Request& request, httplib::Response& response);
  void models(const httplib::Request& request, httplib::Response& response);
  void model(const httplib::Request& request, httplib::Response& response);
  void health(const httplib::Request& request, httplib::Response& response);
  void metrics(const httplib::Request& request, httplib::Response& response);
  void chat(const Body& body, Connection& connection, httplib::Response& response);
  void completion(const Body& body, Connection& connection, httplib::Response& response);
  void infill(const Body& body, Connection& connection, httplib::Response& response);
  void tokenize(const Body& body, Connection& connection, httplib::Response& response);

  Service& service_;
  HttpServer& http_;
  const std::atomic<bool>& shutting_down_;
};

}  // namespace tess2::serve
