// Examples from memory, for tests of what uses a stream.
#pragma once

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "data/example_stream.h"
#include "data/shuffle.h"

namespace tess2::data {

/// An epoch is the list once.
class ListExamples final : public ExampleStream {
 public:
  explicit ListExamples(std::vector<Example> examples) : examples_(std::move(examples)) {}

  std::optional<Example> next() override {
    if (next_ == examples_.size()) {
      next_ = 0;
      return std::nullopt;
    }
    return examples_[next_++];
  }
  nlohmann::json position() const override { return {{"next", next_}}; }
  void seek(const nlohmann::json& position) override { next_ = position_field(position, "next"); }

 private:
  std::vector<Example> examples_;
  std::size_t next_ = 0;
};

/// The list shuffled whole.
inline Shuffle shuffled(std::vector<Example> examples, std::uint64_t seed) {
  const std::size_t buffer = examples.size() + 1;
  return {std::make_unique<ListExamples>(std::move(examples)), buffer, seed};
}

}  // namespace tess2::data
