#include "train/pulse.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

namespace tess2::train {
namespace {

/// How long the end waits for a store that may not answer any more.
constexpr std::chrono::seconds kPatience{2};

std::vector<std::uint8_t> bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

std::optional<std::string> read(c10d::Store& store, const std::string& key) {
  if (!store.check({key})) return std::nullopt;
  const auto bytes = store.get(key);
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

struct Pulse::State {
  c10::intrusive_ptr<c10d::Store> store;
  std::int64_t rank;
  std::vector<std::string> counts;  ///< the last seen, by rank; the thread's own

  std::mutex mutex;
  std::condition_variable changed;
  Sight sight;
  bool watching = false;
  bool ending = false;
  bool ended = false;
  std::optional<std::string> word;  ///< to be left

  void run() {
    try {
      for (std::int64_t count = 0; beat(count); ++count) {
      }
    } catch (const std::exception&) {  // the store's connection broke
      const std::lock_guard lock(mutex);
      sight.store_is_gone = true;
    }
    const std::lock_guard lock(mutex);
    ended = true;
    changed.notify_all();
  }

  /// One sign of life, and a look; false at the end.
  bool beat(std::int64_t count) {
    store->set("beat/" + std::to_string(rank), bytes_of(std::to_string(count)));
    leave_word();
    bool look = false;
    {
      const std::lock_guard lock(mutex);
      look = watching;
    }
    if (look) look_at_others();
    std::unique_lock lock(mutex);
    changed.wait_for(lock, kBeat, [this] { return ending || word; });
    return !ending || word;
  }

  void leave_word() {
    std::unique_lock lock(mutex);
    if (!word) return;
    const std::string last = *word;
    lock.unlock();
    store->set("left/" + std::to_string(rank), bytes_of(last));
    lock.lock();
    word.reset();
    changed.notify_all();
  }

  void look_at_others() {
    std::vector<Peer> peers(counts.size());
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (static_cast<std::int64_t>(i) == rank) continue;
      peers[i].last_word = read(*store, "left/" + std::to_string(i));
      const std::string count = read(*store, "beat/" + std::to_string(i)).value_or("");
      peers[i].silent_beats = count == std::exchange(counts[i], count) ? 1 : 0;
    }
    const std::lock_guard lock(mutex);
    for (std::size_t i = 0; i < peers.size(); ++i) {
      Peer& known = sight.peers[i];
      peers[i].silent_beats = peers[i].silent_beats > 0 ? known.silent_beats + 1 : 0;
      known = std::move(peers[i]);
    }
    ++sight.looks;
  }
};

Pulse::Pulse(c10::intrusive_ptr<c10d::Store> store, std::int64_t rank, std::int64_t size)
    : state_(std::make_shared<State>()) {
  state_->store = std::move(store);
  state_->rank = rank;
  state_->counts.resize(static_cast<std::size_t>(size));
  state_->sight.peers.resize(static_cast<std::size_t>(size));
  thread_ = std::thread([state = state_] { state->run(); });
}

Pulse::~Pulse() {
  std::unique_lock lock(state_->mutex);
  state_->ending = true;
  state_->changed.notify_all();
  const bool ended = state_->changed.wait_for(lock, kPatience, [this] { return state_->ended; });
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void Pulse::watch(bool others) {
  const std::lock_guard lock(state_->mutex);
  state_->watching = others;
}

Pulse::Sight Pulse::sight() const {
  const std::lock_guard lock(state_->mutex);
  return state_->sight;
}

void Pulse::leave(const std::string& last_word) {
  std::unique_lock lock(state_->mutex);
  state_->word = last_word;
  state_->changed.notify_all();
  state_->changed.wait_for(lock, kPatience, [this] { return !state_->word || state_->ended; });
}

}  // namespace tess2::train
