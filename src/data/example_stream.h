// Where the examples of a run come from, one after another.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/example.h"

namespace tess2::data {

/// Examples in a fixed order, epoch after epoch, that can be gone on with from any place.
class ExampleStream {
 public:
  virtual ~ExampleStream() = default;
  ExampleStream() = default;
  ExampleStream(const ExampleStream&) = delete;
  ExampleStream& operator=(const ExampleStream&) = delete;

  /// The next example; nothing at the end of an epoch, after which the next one begins. An epoch
  /// has at least one example: throws FormatError where there is none, and what reading throws.
  virtual std::optional<Example> next() = 0;

  /// The place before the next example, a JSON object for `seek`.
  virtual nlohmann::json position() const = 0;

  /// Goes on at a place of a stream over the same data. Throws Error for anything else.
  virtual void seek(const nlohmann::json& position) = 0;
};

/// The whole number `position[key]`. Throws Error naming the key.
std::uint64_t position_field(const nlohmann::json& position, std::string_view key);

/// Throws Error unless `position["data"]` is `expected`, the mark of the data that a stream reads.
void check_same_data(const nlohmann::json& position, const std::string& expected);

}  // namespace tess2::data
