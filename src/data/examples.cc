#include "data/examples.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "data/file_examples.h"
#include "data/input_files.h"
#include "data/mixture.h"
#include "data/token_shards.h"

namespace tess2::data {
namespace {

using Encoder = std::shared_ptr<const RecordEncoder>;

std::unique_ptr<ExampleStream> open_shards(const std::string& folder, const Encoder& encoder) {
  const auto length = encoder->row_length();
  if (!length)
    throw UsageError(folder + ": token shards hold documents, expected " + encoder->least());
  return std::make_unique<ShardExamples>(folder, encoder->tokenizer(), *length);
}

std::unique_ptr<ExampleStream> open_one(const std::string& path, const Encoder& encoder,
                                        const Reading& reading) {
  if (is_shard_folder(path)) return open_shards(path, encoder);
  return std::make_unique<FileExamples>(find_inputs(path), encoder, reading);
}

}  // namespace

void check_inputs(const Inputs& inputs) {
  const std::size_t weights = parse_weights(inputs.weights).size();
  if (weights > 0 && weights != inputs.paths.size()) {
    throw UsageError("weights: expected one for each of " + std::to_string(inputs.paths.size()) +
                     " inputs, found " + std::to_string(weights));
  }
  const auto shards = std::ranges::count_if(inputs.paths, is_shard_folder);
  if (weights == 0 && shards > 0 && inputs.paths.size() > 1) {
    throw UsageError("token shards: expected no other input, or weights, found neither");
  }
  for (const std::string& path : inputs.paths) {
    if (!is_shard_folder(path)) find_inputs(path);
  }
}

std::unique_ptr<ExampleStream> open_examples(const Inputs& inputs, const Encoder& encoder,
                                             const Reading& reading, std::uint64_t seed) {
  check_inputs(inputs);
  if (inputs.weights.empty()) {
    if (inputs.paths.size() == 1) return open_one(inputs.paths.front(), encoder, reading);
    return std::make_unique<FileExamples>(find_inputs(inputs.paths), encoder, reading);
  }
  std::vector<std::unique_ptr<ExampleStream>> sources;
  for (const std::string& path : inputs.paths) sources.push_back(open_one(path, encoder, reading));
  return std::make_unique<Mixture>(std::move(sources), parse_weights(inputs.weights), seed);
}

std::vector<Example> read_examples(const Inputs& inputs, const Encoder& encoder,
                                   const Reading& reading, std::size_t limit) {
  const auto stream = open_examples(inputs, encoder, reading, 0);
  std::vector<Example> examples;
  while (examples.size() < limit) {
    auto example = stream->next();
    if (!example) break;
    examples.push_back(std::move(*example));
  }
  return examples;
}

}  // namespace tess2::data
