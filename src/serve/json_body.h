// JSON that clients send, and the fields of its objects. Include it in .cc files.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/api_error.h"

namespace tess2::serve {

/// Deeper nesting has no place in a request.
inline constexpr int kMaxBodyDepth = 32;

/// The JSON object that `body` is. Throws ApiError 400 for text that is not UTF-8, is not JSON or
/// not an object, nests more deeply than kMaxBodyDepth or gives a key of an object twice.
nlohmann::json parse_body(std::string_view body);

/// A JSON value for a message, on one line and not long.
std::string shown(const nlohmann::json& value);

/// Text for a reply, with U+FFFD where it is not UTF-8.
std::string dumped(const nlohmann::ordered_json& value);

/// The fields of one object. Each reading call counts its field as known; `null` counts as absent.
/// Errors are ApiErrors 400 that name the field with its path: `messages[0].role`.
class Fields {
 public:
  /// `object` must outlive this. `path` is what stands before its fields' names: empty or
  /// `messages[0]`. Throws where `object` is not one.
  Fields(const nlohmann::json& object, std::string path);

  /// `PATH.NAME`
  std::string path_of(std::string_view name) const;

  /// The field's value, or null where it is absent.
  const nlohmann::json* find(std::string_view name);
  /// As `find`; throws where it is absent.
  const nlohmann::json& required(std::string_view name);

  /// Each is nothing where the field is absent, and throws where it is not what its name says.
  std::optional<std::string> text(std::string_view name);
  std::optional<bool> boolean(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<double> number(std::string_view name, double least, double most);

  /// Throws for the first field that no call has asked for, naming the nearest known one.
  void refuse_unknown() const;

 private:
  const nlohmann::json& object_;
  std::string path_;
  std::vector<std::string> known_;
};

}  // namespace tess2::serve
