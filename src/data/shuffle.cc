#include "data/shuffle.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/random.h"

namespace tess2::data {
namespace {

using Clock = std::chrono::steady_clock;

/// A block's place: what reading it again takes.
struct BlockPlace {
  std::uint64_t number = 0;  ///< of the block, counted over the run
  std::uint64_t sample = 0;  ///< number of its first sample
  bool starts_epoch = true;
  nlohmann::json stream;
};

struct Block {
  BlockPlace place;
  std::vector<Example> examples;
  bool is_epoch = false;  ///< whether it holds a whole epoch
};

/// Reads blocks from a stream on a thread of its own, one ahead of whoever takes them.
class BlockReader {
 public:
  /// Reads from `place` on. `stream` must outlive the reader, and nobody else may use it meanwhile.
  BlockReader(ExampleStream& stream, std::size_t size, BlockPlace place)
      : stream_(stream), size_(size), place_(std::move(place)), thread_([this] { run(); }) {}

  ~BlockReader() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  /// Waits for the next block. Throws what reading it threw.
  Block take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return block_ || problem_ != nullptr; });
    if (!block_) std::rethrow_exception(problem_);
    Block block = std::move(*block_);
    block_.reset();
    changed_.notify_all();
    return block;
  }

 private:
  void run() {
    try {
      while (wait_for_room()) {
        if (!hand_over(read())) return;
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      problem_ = std::current_exception();
      changed_.notify_all();
    }
  }

  /// The next block, with at least one example unless the reader is ending.
  Block read() {
    Block block;
    while (block.examples.empty() && !ending_) {
      block.place = place_;
      block.place.stream = stream_.position();
      bool ended = false;
      while (!ended && block.examples.size() < size_ && !ending_) {
        auto example = stream_.next();
        ended = !example;
        if (example) block.examples.push_back(std::move(*example));
      }
      block.is_epoch = ended && block.place.starts_epoch;
      place_.starts_epoch = ended;
    }
    ++place_.number;
    place_.sample += block.examples.size();
    return block;
  }

  /// Until the last block is taken, so that no more than two are in memory; false at the end.
  bool wait_for_room() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || !block_; });
    return !ending_;
  }

  /// False where there is nothing more to read.
  bool hand_over(Block block) {
    const bool is_last = block.is_epoch;
    const std::lock_guard lock(mutex_);
    block_ = std::move(block);
    changed_.notify_all();
    return !is_last;
  }

  ExampleStream& stream_;
  std::size_t size_;
  BlockPlace place_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Block> block_;
  std::exception_ptr problem_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace

std::vector<std::size_t> shuffled_order(std::size_t count, std::uint64_t seed,
                                        std::uint64_t block) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Rng rng(seed, Stream::kShuffle, block);
  rng.shuffle(order);
  return order;
}

struct Shuffle::State {
  std::unique_ptr<ExampleStream> stream;
  std::size_t buffer;
  std::uint64_t seed;
  std::shared_ptr<const ReadingLog> log;
  BlockPlace beginning;  ///< of the run
  std::optional<BlockReader> reader;
  std::optional<Block> block;
  std::vector<std::size_t> order;
  double wait_seconds = 0.0;

  void start_at(BlockPlace place) {
    reader.reset();
    block.reset();
    stream->seek(place.stream);
    reader.emplace(*stream, buffer, std::move(place));
  }

  /// Makes sure that there is a block.
  Block& current() {
    if (!reader) reader.emplace(*stream, buffer, beginning);
    if (!block) enter(reader->take());
    return *block;
  }

  void enter(Block next) {
    block = std::move(next);
    order = shuffled_order(block->examples.size(), seed, block->place.number);
  }

  /// Of a block that holds a whole epoch: its permutation in the epoch of sample `k`.
  void turn_to_epoch_of(std::uint64_t k) {
    const std::uint64_t size = block->examples.size();
    if (k / size == block->place.number) return;
    block->place.number = k / size;
    block->place.sample = block->place.number * size;
    order = shuffled_order(size, seed, block->place.number);
  }

  void move_on() {
    block.reset();  // its memory is free before the wait for the next one
    const auto start = Clock::now();
    enter(reader->take());
    wait_seconds += std::chrono::duration<double>(Clock::now() - start).count();
  }
};

Shuffle::Shuffle(std::unique_ptr<ExampleStream> stream, std::size_t buffer, std::uint64_t seed,
                 std::shared_ptr<const ReadingLog> log)
    : state_(std::make_unique<State>()) {
  if (buffer == 0) throw UsageError("shuffle buffer: expected 1 example or more, found 0");
  state_->stream = std::move(stream);
  state_->buffer = buffer;
  state_->seed = seed;
  state_->log = std::move(log);
  state_->beginning.stream = state_->stream->position();
}

Shuffle::Shuffle(Shuffle&&) noexcept = default;
Shuffle::~Shuffle() = default;

Example Shuffle::operator()(std::uint64_t k) {
  if (state_->current().is_epoch) {
    state_->turn_to_epoch_of(k);
  } else if (k < state_->block->place.sample) {
    state_->start_at(state_->beginning);
  }
  while (k - state_->current().place.sample >= state_->current().examples.size()) {
    state_->move_on();
  }
  const Block& block = *state_->block;
  return block.examples[state_->order[k - block.place.sample]];
}

const std::vector<Example>* Shuffle::whole_epoch() {
  const Block& block = state_->current();
  return block.is_epoch ? &block.examples : nullptr;
}

std::string Shuffle::position() {
  const BlockPlace& place = state_->current().place;
  return nlohmann::json{{"buffer", state_->buffer},
                        {"seed", state_->seed},
                        {"block", place.number},
                        {"sample", place.sample},
                        {"starts_epoch", place.starts_epoch ? 1U : 0U},
                        {"stream", place.stream}}
      .dump();
}

void Shuffle::resume(const std::string& position) {
  const auto parsed = nlohmann::json::parse(position, nullptr, false);
  for (const auto& [key, value] :
       {std::pair<std::string, std::uint64_t>{"buffer", state_->buffer}, {"seed", state_->seed}}) {
    const std::uint64_t found = position_field(parsed, key);
    if (found == value) continue;
    throw Error("position in the data: " + key + ": expected " + std::to_string(value) +
                ", found " + std::to_string(found));
  }
  BlockPlace place{position_field(parsed, "block"),
                   position_field(parsed, "sample"),
                   position_field(parsed, "starts_epoch") != 0,
                   {}};
  if (!parsed.contains("stream")) position_field(parsed, "stream");
  place.stream = parsed["stream"];
  state_->start_at(std::move(place));
}

DataFigures Shuffle::figures() const {
  return {state_->wait_seconds, state_->log == nullptr ? 0 : state_->log->bad_lines()};
}

}  // namespace tess2::data
