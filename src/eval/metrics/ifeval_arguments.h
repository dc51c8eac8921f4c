// The arguments of one IFEval instruction, as its record gives them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "eval/metrics/unicode.h"

namespace tess2::eval {

/// A JSON object of arguments. Every reader throws FormatError naming file and key where the
/// argument is missing, null or of another type. The object must outlive this.
class Arguments {
 public:
  /// `key` says where in `file` the object stands, such as `line 3: kwargs[1]`.
  Arguments(const nlohmann::json& object, std::filesystem::path file, std::string key);

  /// A count, not negative.
  std::size_t count(std::string_view name) const;
  Text text(std::string_view name) const;
  /// At least one.
  std::vector<Text> texts(std::string_view name) const;

  [[noreturn]] void fail(std::string_view name, std::string expected, std::string found) const;

 private:
  const nlohmann::json& field(std::string_view name, const std::string& expected) const;

  const nlohmann::json& object_;
  std::filesystem::path file_;
  std::string key_;
};

/// How a count must stand to a threshold.
class Limit {
 public:
  /// Reads the threshold and the relation, "less than" or "at least".
  Limit(const Arguments& arguments, std::string_view threshold, std::string_view relation);

  bool holds(std::size_t count) const { return less_ ? count < threshold_ : count >= threshold_; }

 private:
  std::size_t threshold_;
  bool less_;
};

}  // namespace tess2::eval
