// Signs of life of ranks, through a store that all of them reach.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <vector>

namespace tess2::train {

/// Counts up in the store twice a second, on a thread of its own, as long as this process lives,
/// and looks on request how the others count. Silence is measured in looks, not in time, so that
/// ranks that were all stopped for a while do not take one another for dead.
class Pulse {
 public:
  static constexpr std::chrono::milliseconds kBeat{500};

  /// What is known of another rank.
  struct Peer {
    std::int64_t silent_beats = 0;         ///< looks since its last sign of life
    std::optional<std::string> last_word;  ///< what it said as it left
  };

  struct Sight {
    std::vector<Peer> peers;     ///< by rank, this one among them
    std::int64_t looks = 0;      ///< how often they have been looked at
    bool store_is_gone = false;  ///< whoever keeps it has ended
  };

  /// `store`: used by nobody else.
  Pulse(c10::intrusive_ptr<c10d::Store> store, std::int64_t rank, std::int64_t size);
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  /// Whether the others are looked at from now on.
  void watch(bool others);
  Sight sight() const;
  /// Leaves a last word in the store; waits a moment until it is there.
  void leave(const std::string& last_word);

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< outlives the pulse where the store does not answer
  std::thread thread_;
};

}  // namespace tess2::train
