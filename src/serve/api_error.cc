#include "serve/api_error.h"

#include <nlohmann/json.hpp>

namespace tess2::serve {
namespace {

using json = nlohmann::ordered_json;

std::string type_of(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 429:
      return "rate_limit_error";
    default:
      return status < 500 ? "invalid_request_error" : "server_error";
  }
}

json text_or_null(const std::string& text) {
  return text.empty() ? json(nullptr) : json(text);
}

}  // namespace

ApiError bad_field(const std::string& field, const std::string& problem) {
  return {400, field + ": " + problem, field};
}

json error_json(const ApiError& error) {
  return {{"error",
           {{"message", error.what()},
            {"type", type_of(error.status())},
            {"param", text_or_null(error.param())},
            {"code", text_or_null(error.code())}}}};
}

}  // namespace tess2::serve
