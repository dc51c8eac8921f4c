#include "train/rank_group.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <future>
#include <limits>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <tuple>
#include <utility>
#if defined(TESS2_GLOO) && defined(USE_C10D_GLOO)
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#if defined(TESS2_NCCL) && defined(USE_C10D_NCCL)
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include "core/error.h"

namespace tess2::train {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using StorePointer = c10::intrusive_ptr<c10d::Store>;

/// A collective that takes longer is looked after: who has died may never be heard of otherwise.
constexpr seconds kFirstWait{1};
/// Silence after which a rank whose connections broke counts as dead.
constexpr std::int64_t kSilentBeats = 6;
/// For Gloo itself, which cannot tell a rank that is busy from one that has died.
constexpr std::chrono::hours kNoLimit{24 * 30};

/// Marks a last word about another rank, which is passed on as it is.
constexpr std::string_view kAboutAnother = "another:";

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::string rank_text(std::int64_t rank) {
  return "rank " + std::to_string(rank);
}

bool reaches(const addrinfo& address) {
  const int connection = ::socket(address.ai_family, address.ai_socktype, address.ai_protocol);
  if (connection < 0) return false;
  const bool reached = ::connect(connection, address.ai_addr, address.ai_addrlen) == 0;
  ::close(connection);
  return reached;
}

/// Whether somebody listens there. Asked before c10d is, which complains at each try.
bool is_listening(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return false;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    if (reaches(*address)) return true;
  }
  return false;
}

void wait_for_listener(const Launch& launch, seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!is_listening(launch.address, launch.port)) {
    if (std::chrono::steady_clock::now() > end) {
      throw Error("rank 0 was not reached at " + launch.address + ":" +
                  std::to_string(launch.port) + " within " + std::to_string(limit.count()) +
                  " s (MASTER_ADDR, MASTER_PORT)");
    }
    std::this_thread::sleep_for(milliseconds(100));
  }
}

StorePointer open_store(const Launch& launch, bool keeps_it, seconds limit) {
  c10d::TCPStoreOptions options;
  options.port = launch.port;
  options.isServer = keeps_it;
  options.waitWorkers = false;
  options.timeout = limit;
#if TORCH_VERSION_MAJOR >= 2
  options.useLibUV = false;  // Debian builds without it
#endif
  try {
    return c10::make_intrusive<c10d::PrefixStore>(
        "tess2/" + launch.attempt, c10::make_intrusive<c10d::TCPStore>(launch.address, options));
  } catch (const std::exception& error) {
    throw Error((keeps_it ? "MASTER_PORT: port " + std::to_string(launch.port) +
                                " of this machine cannot be used: "
                          : "MASTER_ADDR: ") +
                first_line(error.what()));
  }
}

bool keeps_store(const Launch& launch) {
  return launch.rank == 0 && !launch.kept_by_launcher;
}

#if defined(TESS2_GLOO) && defined(USE_C10D_GLOO)
std::shared_ptr<::gloo::transport::Device> gloo_device(const Launch& launch) {
  using Gloo = c10d::ProcessGroupGloo;
  if (launch.address == "localhost" || launch.address.starts_with("127.")) {
    return Gloo::createDeviceForHostname("127.0.0.1");
  }
  const auto name = environment_variable("GLOO_SOCKET_IFNAME");
  return name ? Gloo::createDeviceForInterface(*name) : Gloo::createDefaultDevice();
}

c10::intrusive_ptr<Backend> cpu_backend(const StorePointer& store, const Launch& launch) {
  auto options = c10d::ProcessGroupGloo::Options::create(kNoLimit);
  options->devices.push_back(gloo_device(launch));
  options->threads = 1;  // one collective at a time
  return c10::make_intrusive<c10d::ProcessGroupGloo>(
      store, static_cast<int>(launch.rank), static_cast<int>(launch.size), std::move(options));
}
#else
c10::intrusive_ptr<Backend> cpu_backend(const StorePointer&, const Launch&) {
  throw Error(
      "several ranks: expected a program built with LibTorch's Gloo, found one built without its "
      "headers (Debian's libgloo-dev, then build anew)");
}
#endif

#if defined(TESS2_NCCL) && defined(USE_C10D_NCCL)
c10::intrusive_ptr<Backend> cuda_backend(const StorePointer& store, const Launch& launch) {
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, static_cast<int>(launch.rank),
                                                     static_cast<int>(launch.size));
}
#else
c10::intrusive_ptr<Backend> cuda_backend(const StorePointer&, const Launch&) {
  return {};
}
#endif

/// What `act` will give, on a thread that nobody need wait for: it may hang where a rank has died.
template <class Act>
auto on_thread(Act act) {
  std::packaged_task<decltype(act())()> task(std::move(act));
  auto result = task.get_future();
  std::thread(std::move(task)).detach();
  return result;
}

template <class Result>
bool is_ready(const std::future<Result>& result, milliseconds time) {
  return result.wait_for(time) == std::future_status::ready;
}

}  // namespace

RankGroup::RankGroup(const Launch& launch, seconds limit)
    : launch_(launch), limit_beats_(std::max<std::int64_t>(limit / Pulse::kBeat, 1)) {
  if (!keeps_store(launch)) wait_for_listener(launch, limit);
  const StorePointer store = open_store(launch, keeps_store(launch), limit);
  pulse_ = std::make_unique<Pulse>(open_store(launch, false, limit), launch.rank, launch.size);
  join(*store);
  auto backends = on_thread([store, launch] {
    return std::pair{cpu_backend(store, launch), cuda_backend(store, launch)};
  });
  wait([&](milliseconds time) { return is_ready(backends, time); });
  try {
    std::tie(cpu_, cuda_) = backends.get();
  } catch (const c10::Error& error) {
    throw Error("the ranks cannot be connected: " + first_line(error.what()));
  }
}

// Gloo waits in its destructor for what it has begun, which may never end once a rank has died. So
// it is then left to the end of the process.
RankGroup::~RankGroup() {
  if (!failure_) return;
  static_cast<void>(cpu_.release());
  static_cast<void>(cuda_.release());
}

void RankGroup::join(c10d::Store& store) {
  const auto key = [](std::int64_t rank) { return "joined/" + std::to_string(rank); };
  store.set(key(launch_.rank), {1});
  pulse_->watch(true);
  std::int64_t beats = 0;
  for (std::int64_t rank = 0; rank < launch_.size;) {
    if (store.check({key(rank)})) {
      ++rank;
    } else if (++beats > limit_beats_) {
      throw Error(rank_text(rank) + " has not joined within " +
                  std::to_string(limit_beats_ * Pulse::kBeat / seconds(1)) + " s");
    } else {
      check_peers(std::numeric_limits<std::int64_t>::max());
      std::this_thread::sleep_for(Pulse::kBeat);
    }
  }
  pulse_->watch(false);
}

Work RankGroup::begin(const at::Tensor& tensor, const Start& start) {
  if (failure_) throw Error(*failure_);
  const auto& backend = tensor.is_cuda() ? cuda_ : cpu_;
  if (!backend) throw Error("several ranks: this LibTorch has no NCCL for their GPUs");
  std::vector<at::Tensor> tensors{tensor};
  try {
    return start(*backend, tensors);
  } catch (const std::exception& error) {
    explain(error.what());
  }
}

void RankGroup::run(const at::Tensor& tensor, const Start& start) {
  const Work work = begin(tensor, start);
  wait([&](milliseconds time) {
    try {
      return work->wait(time);
    } catch (const std::exception& error) {
      if (!work->isCompleted()) return false;  // the time is over
      if (work->isSuccess()) return true;
      explain(error.what());
    }
  });
}

// Gloo gives up what it waits for between two ranks where the time is over.
void RankGroup::run_between_two(const at::Tensor& tensor, const Start& start) {
  auto done = on_thread([work = begin(tensor, start)] { return work->wait(kNoLimit); });
  wait([&](milliseconds time) { return is_ready(done, time); });
  try {
    done.get();
  } catch (const std::exception& error) {
    explain(error.what());
  }
}

void RankGroup::wait(const std::function<bool(milliseconds)>& finishes) {
  if (finishes(kFirstWait)) return;
  pulse_->watch(true);
  while (!finishes(Pulse::kBeat)) check_peers(limit_beats_);
  pulse_->watch(false);
}

/// After a connection broke: who is it that has gone? Those that ended because of it say so.
void RankGroup::explain(const std::string& problem) {
  pulse_->watch(true);
  for (std::int64_t beat = 0; beat < limit_beats_ + kSilentBeats; ++beat) {
    std::this_thread::sleep_for(Pulse::kBeat);
    check_peers(std::min(kSilentBeats, limit_beats_));
  }
  fail("the connection with the other ranks broke: " + first_line(problem));
}

/// Throws where a rank has left, or has been silent for so many beats.
void RankGroup::check_peers(std::int64_t silent_limit) {
  const Pulse::Sight sight = pulse_->sight();
  note_looks(sight);
  for (std::int64_t rank = 0; rank < launch_.size; ++rank) {
    const auto& word = sight.peers[static_cast<std::size_t>(rank)].last_word;
    if (!word) continue;
    if (word->starts_with(kAboutAnother)) fail(word->substr(kAboutAnother.size()));
    fail(rank_text(rank) + " has stopped: " + *word);
  }
  if (sight.store_is_gone || beats_without_look_ >= limit_beats_) {
    fail(launch_.kept_by_launcher ? "the one who started the ranks has died"
                                  : "rank 0 has died, and the ranks' meeting place with it");
  }
  for (std::int64_t rank = 0; rank < launch_.size; ++rank) {
    const std::int64_t beats = sight.peers[static_cast<std::size_t>(rank)].silent_beats;
    if (beats < silent_limit) continue;
    fail(rank_text(rank) + " has died (no sign of life for " +
         std::to_string(beats * Pulse::kBeat / seconds(1)) + " s)");
  }
}

void RankGroup::note_looks(const Pulse::Sight& sight) {
  beats_without_look_ = sight.looks == looks_ ? beats_without_look_ + 1 : 0;
  looks_ = sight.looks;
}

void RankGroup::fail(const std::string& message) {
  failure_ = message;
  throw Error(message);
}

bool RankGroup::all_have_gone() const {
  const Pulse::Sight sight = pulse_->sight();
  for (std::int64_t rank = 0; rank < launch_.size; ++rank) {
    const Pulse::Peer& peer = sight.peers[static_cast<std::size_t>(rank)];
    if (rank != launch_.rank && !peer.last_word && peer.silent_beats < kSilentBeats) return false;
  }
  return true;
}

void RankGroup::leave(const std::string& why) {
  pulse_->leave(failure_ ? std::string(kAboutAnother) + *failure_ : why);
  failure_ = why;
  if (!keeps_store(launch_)) return;
  pulse_->watch(true);
  for (std::int64_t beat = 0; beat < limit_beats_ && !all_have_gone(); ++beat) {
    std::this_thread::sleep_for(Pulse::kBeat);
  }
}

}  // namespace tess2::train
