// Several sources of examples in given shares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/example_stream.h"

namespace tess2::data {

/// The weights that `texts` write: finite numbers above 0. Throws UsageError naming the one that is
/// not.
std::vector<double> parse_weights(std::span<const std::string> texts);

/// Draws each example's source by the weights; the n-th draw depends on the seed and n alone. A
/// source that ends begins anew, so that a mixture has no epochs. With rows of documents, the
/// weights are shares of the tokens.
class Mixture final : public ExampleStream {
 public:
  /// As many weights as sources, one or more, each finite and above 0; throws UsageError otherwise.
  Mixture(std::vector<std::unique_ptr<ExampleStream>> sources, const std::vector<double>& weights,
          std::uint64_t seed);

  /// Never nothing.
  std::optional<Example> next() override;
  nlohmann::json position() const override;
  void seek(const nlohmann::json& position) override;

 private:
  std::size_t draw_source();

  std::vector<std::unique_ptr<ExampleStream>> sources_;
  std::vector<double> ends_;  ///< running sums of the weights
  std::uint64_t seed_;
  std::uint64_t draws_ = 0;
};

}  // namespace tess2::data
