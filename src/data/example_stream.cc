#include "data/example_stream.h"

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace tess2::data {

std::uint64_t position_field(const nlohmann::json& position, std::string_view key) {
  if (position.is_object()) {
    const auto found = position.find(key);
    const bool is_count = found != position.end() && found->is_number_integer() &&
                          (found->is_number_unsigned() || found->get<std::int64_t>() >= 0);
    if (is_count) return found->get<std::uint64_t>();
  }
  throw Error("position in the data: " + std::string(key) + ": expected a whole number, found " +
              (position.contains(key) ? "something else" : "nothing"));
}

void check_same_data(const nlohmann::json& position, const std::string& expected) {
  const bool has_mark = position.is_object() && position.contains("data");
  if (has_mark && position["data"] == expected) return;
  throw Error("position in the data: expected one in " + expected + ", found " +
              (has_mark ? position["data"].dump() : "none"));
}

}  // namespace tess2::data
