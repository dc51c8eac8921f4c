// The order in which training meets its examples: shuffled in a bounded buffer, filled ahead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "data/example_stream.h"
#include "data/reading.h"

namespace tess2::data {

/// The numbers from 0 to below `count`, shuffled by the seed and the number of the block.
std::vector<std::size_t> shuffled_order(std::size_t count, std::uint64_t seed, std::uint64_t block);

/// What the data of a run has done so far.
struct DataFigures {
  /// How long the trainer has stood still for data, after the first block.
  double wait_seconds = 0.0;
  std::int64_t bad_lines = 0;  ///< passed over
};

/// Hands out the samples of a run by their number. The stream is cut into blocks: as many examples
/// as the buffer holds, fewer at the end of an epoch. Each block is shuffled by itself, while the
/// next one is read on a thread of its own. Where a whole epoch fits in the buffer it is read
/// once, and each epoch is a fresh permutation of all its examples.
///
/// Sample k depends on the data, the buffer's size, the seed and k alone: not on threads, nor on
/// which samples are asked for. So several trainers may share a run, each asking for its own.
class Shuffle {
 public:
  /// `buffer` >= 1, in examples; throws UsageError otherwise. `log` is only for `figures`, and may
  /// be null.
  Shuffle(std::unique_ptr<ExampleStream> stream, std::size_t buffer, std::uint64_t seed,
          std::shared_ptr<const ReadingLog> log = nullptr);
  Shuffle(Shuffle&&) noexcept;
  Shuffle& operator=(Shuffle&&) = delete;
  ~Shuffle();

  /// Sample `k`. Cheap where k goes up; going back to an earlier block reads from the beginning
  /// again. Throws what the stream throws.
  Example operator()(std::uint64_t k);

  /// All examples of an epoch in their order, where they fit in the buffer; else null. Reads the
  /// first block.
  const std::vector<Example>* whole_epoch();

  /// The place of the last sample's block, for `resume`; one line of JSON.
  std::string position();
  /// Starts reading at a place of the same data, buffer and seed. Samples from there on are then
  /// the same and cheap. Throws Error for a place that does not fit.
  void resume(const std::string& position);

  DataFigures figures() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tess2::data
