// What a client is told when it cannot have what it asked for.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/error.h"

namespace tess2::serve {

/// An error with an HTTP status. `what()` is the message.
class ApiError : public Error {
 public:
  ApiError(int status, const std::string& message, std::string param = "", std::string code = "")
      : Error(message), status_(status), param_(std::move(param)), code_(std::move(code)) {}

  int status() const { return status_; }
  /// The field that is at fault; empty where none is.
  const std::string& param() const { return param_; }
  /// A word for programs, such as `model_not_found`; may be empty.
  const std::string& code() const { return code_; }

 private:
  int status_;
  std::string param_;
  std::string code_;
};

/// 400 that names the field: the message is `FIELD: PROBLEM`.
ApiError bad_field(const std::string& field, const std::string& problem);

/// OpenAI's object: `{"error": {"message", "type", "param", "code"}}`.
nlohmann::ordered_json error_json(const ApiError& error);

}  // namespace tess2::serve
