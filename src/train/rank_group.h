// A group of ranks over c10d: what `Ranks` stands on where there are several. Its includes are
// LibTorch's own, so only ranks.cc may include it.
#pragma once

#include <ATen/ATen.h>

#include <torch/version.h>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <torch/csrc/distributed/c10d/Types.hpp>
#include <vector>
#if TORCH_VERSION_MAJOR >= 2
#include <torch/csrc/distributed/c10d/Backend.hpp>
#else
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#endif

#include "train/launch.h"
#include "train/pulse.h"

namespace tess2::train {

#if TORCH_VERSION_MAJOR >= 2
using Backend = c10d::Backend;
#else
using Backend = c10d::ProcessGroup;
#endif
using Work = c10::intrusive_ptr<c10d::Work>;

/// The connections of one rank with the others, and who of them lives.
class RankGroup {
 public:
  /// Waits for all ranks. Throws Error as `Ranks` does.
  RankGroup(const Launch& launch, std::chrono::seconds limit);
  ~RankGroup();
  RankGroup(const RankGroup&) = delete;
  RankGroup& operator=(const RankGroup&) = delete;

  const Launch& launch() const { return launch_; }

  using Start = std::function<Work(Backend&, std::vector<at::Tensor>&)>;

  /// Does what `start` begins with the backend of the tensor's device, which all ranks take part
  /// in, and waits until it is done. Throws Error naming the rank that died or left meanwhile.
  void run(const at::Tensor& tensor, const Start& start);
  /// The same for what goes from one rank to another.
  void run_between_two(const at::Tensor& tensor, const Start& start);

  void leave(const std::string& why);

 private:
  void join(c10d::Store& store);
  Work begin(const at::Tensor& tensor, const Start& start);
  /// `finishes` tells whether what is waited for has ended after a time.
  void wait(const std::function<bool(std::chrono::milliseconds)>& finishes);
  [[noreturn]] void explain(const std::string& problem);
  void check_peers(std::int64_t silent_limit);
  void note_looks(const Pulse::Sight& sight);
  bool all_have_gone() const;
  [[noreturn]] void fail(const std::string& message);

  Launch launch_;
  std::int64_t limit_beats_;
  std::unique_ptr<Pulse> pulse_;
  c10::intrusive_ptr<Backend> cpu_;
  c10::intrusive_ptr<Backend> cuda_;  ///< null where there is no NCCL
  std::int64_t looks_ = 0;            ///< of the pulse, the last time they were noted
  std::int64_t beats_without_look_ = 0;
  /// What went wrong; all that is called later fails with it.
  std::optional<std::string> failure_;
};

}  // namespace tess2::train
