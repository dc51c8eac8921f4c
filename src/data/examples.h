// From the inputs of a recipe to a stream of examples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "data/example_stream.h"
#include "data/reading.h"

namespace tess2::data {

/// What a run reads: files, folders, patterns (see find_inputs) or folders of token shards.
struct Inputs {
  std::vector<std::string> paths;
  /// Shares of a mixture, one for each path. Empty: everything once an epoch, one path after
  /// another.
  std::vector<std::string> weights;
};

/// Throws UsageError or FileError for inputs that cannot be meant or found.
void check_inputs(const Inputs& inputs);

/// The examples of `inputs`. Throws as check_inputs, Mixture, FileExamples and ShardExamples, and
/// UsageError for shards where the encoder does not make rows, or beside text without weights.
std::unique_ptr<ExampleStream> open_examples(const Inputs& inputs,
                                             const std::shared_ptr<const RecordEncoder>& encoder,
                                             const Reading& reading, std::uint64_t seed);

/// The first examples, at most `limit` and at most an epoch of them. Throws as open_examples.
std::vector<Example> read_examples(const Inputs& inputs,
                                   const std::shared_ptr<const RecordEncoder>& encoder,
                                   const Reading& reading,
                                   std::size_t limit = std::numeric_limits<std::size_t>::max());

}  // namespace tess2::data
