#include "train/gradient_exchange.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace tess2::train {
namespace {

using torch::autograd::variable_list;

/// Calls `act` each time after a leaf has added to its gradient.
class AfterAccumulation final : public torch::autograd::FunctionPostHook {
 public:
  explicit AfterAccumulation(std::function<void()> act) : act_(std::move(act)) {}
  variable_list operator()(const variable_list& outputs, const variable_list&) override {
    act_();
    return outputs;
  }

 private:
  std::function<void()> act_;
};

std::int64_t bytes_of(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<std::int64_t>(tensor.nbytes()) : 0;
}

}  // namespace

/// Where gradients are shared, all ranks must add up the same parameter at a time, though each has
/// its gradients in an order of its own. The first rank leads: it announces each as it becomes
/// ready, after the backward pass those that never did, and then the end.
class GradientExchange::State : public std::enable_shared_from_this<State> {
 public:
  State(const std::vector<tensor::NamedTensor>& parameters, Sharing sharing)
      : sharing_(std::move(sharing)) {
    for (const auto& parameter : parameters) slots_.push_back({.parameter = parameter.tensor});
  }

  void watch_leaves() {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      slots_[i].leaf = torch::autograd::impl::grad_accumulator(slots_[i].parameter);
      // The leaf holds the hook, so the hook must not hold the leaf.
      slots_[i].leaf->add_post_hook(
          std::make_unique<AfterAccumulation>([weak = weak_from_this(), i] {
            if (const auto state = weak.lock()) state->note_ready(i);
          }));
    }
  }

  void after_backward() {
    at::NoGradGuard no_grad;
    if (!sharing_.shares_gradients()) return;
    if (sharing_.ranks().is_first()) {
      announce_the_rest();
    } else {
      while (next() != kEnd) add_up(std::exchange(next_, kNone));
    }
    add_up_late_ones();
    for (Slot& slot : slots_) slot.is_ready = slot.was_added = false;
    next_ = kNone;
    ready_ = 0;
  }

  void finish() {
    at::NoGradGuard no_grad;
    if (!sharing_.shares_gradients()) {
      for (std::size_t i = 0; i < slots_.size(); ++i) add_up(static_cast<std::int64_t>(i));
    }
    std::vector<double> present;
    for (Slot& slot : slots_) present.push_back(std::exchange(slot.present, 0.0));
    present = sharing_.ranks().sum(present);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      at::Tensor sum = std::exchange(slots_[i].sum, {});
      if (present[i] > 0.0) slots_[i].parameter.mutable_grad() = std::move(sum);
    }
  }

  std::int64_t peak_bytes() const { return peak_bytes_; }

 private:
  static constexpr std::int64_t kNone = -1;
  static constexpr std::int64_t kEnd = -2;

  struct Slot {
    at::Tensor parameter;
    at::Tensor sum = {};  ///< over the ranks, on those that keep it
    std::shared_ptr<torch::autograd::Node> leaf = {};
    bool is_ready = false;
    bool was_added = false;  ///< in this backward pass
    double present = 0.0;    ///< how many gradients this rank had for the sum
    std::int64_t held_bytes = 0;
  };

  Slot& slot(std::int64_t i) { return slots_[static_cast<std::size_t>(i)]; }

  void note_ready(std::size_t i) {
    at::NoGradGuard no_grad;
    note_bytes(slots_[i]);
    if (!sharing_.shares_gradients()) return;
    if (!std::exchange(slots_[i].is_ready, true)) ++ready_;
    if (sharing_.ranks().is_first()) {
      announce(static_cast<std::int64_t>(i));
    } else {
      follow();
    }
  }

  void announce(std::int64_t i) {
    tell(i);
    add_up(i);
  }

  void announce_the_rest() {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (!slots_[i].was_added) announce(static_cast<std::int64_t>(i));
    }
    tell(kEnd);
  }

  /// Adds up what the first rank announced, as far as this one is.
  void follow() {
    while (ready_ > 0 && next() != kEnd && slot(next_).is_ready) {
      add_up(std::exchange(next_, kNone));
    }
  }

  /// The parameter whose turn it is, or the end; waits until the first rank says so.
  std::int64_t next() {
    if (next_ == kNone) next_ = tell(kNone);
    return next_;
  }

  /// From the first rank to the others.
  std::int64_t tell(std::int64_t what) const {
    at::Tensor word = at::full({1}, what, at::kLong);
    sharing_.ranks().broadcast(word, 0);
    return word.item<std::int64_t>();
  }

  void note_bytes(Slot& slot) {
    const std::int64_t bytes = bytes_of(slot.parameter.grad()) + bytes_of(slot.sum);
    held_bytes_ += bytes - std::exchange(slot.held_bytes, bytes);
    peak_bytes_ = std::max(peak_bytes_, held_bytes_);
  }

  /// Moves the gradient of this micro-batch, or of the step, to whoever keeps its sum.
  void add_up(std::int64_t i) {
    Slot& own = slot(i);
    if (std::exchange(own.is_ready, false)) --ready_;
    own.was_added = true;
    at::Tensor gradient = std::exchange(own.parameter.mutable_grad(), {});
    if (gradient.defined()) {
      gradient = gradient.contiguous();
      own.present += 1.0;
    } else {
      gradient = at::zeros_like(own.parameter);
    }
    const auto index = static_cast<std::size_t>(i);
    if (sharing_.is_shared()) {
      sharing_.ranks().sum_to(gradient, sharing_.owner(index));
    } else {
      sharing_.ranks().sum(gradient);
    }
    if (sharing_.keeps(index)) {
      own.sum = own.sum.defined() ? own.sum.add_(gradient) : std::move(gradient);
    }
    note_bytes(own);
  }

  /// A leaf that the backward pass reached more often here than on the first rank has another part.
  void add_up_late_ones() {
    std::vector<double> late;
    for (const Slot& slot : slots_) late.push_back(slot.parameter.grad().defined() ? 1.0 : 0.0);
    late = sharing_.ranks().sum(late);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (late[i] > 0.0) add_up(static_cast<std::int64_t>(i));
    }
  }

  Sharing sharing_;
  std::vector<Slot> slots_;
  std::int64_t next_ = kNone;  ///< announced, and not yet added up
  std::int64_t ready_ = 0;     ///< slots that are
  std::int64_t held_bytes_ = 0;
  std::int64_t peak_bytes_ = 0;
};

GradientExchange::GradientExchange(const std::vector<tensor::NamedTensor>& parameters,
                                   Sharing sharing) {
  if (sharing.ranks().size() == 1) return;
  state_ = std::make_shared<State>(parameters, std::move(sharing));
  state_->watch_leaves();
}

GradientExchange::~GradientExchange() = default;

void GradientExchange::after_backward() {
  if (state_) state_->after_backward();
}

void GradientExchange::finish() {
  if (state_) state_->finish();
}

std::int64_t GradientExchange::peak_bytes() const {
  return state_ ? state_->peak_bytes() : 0;
}

}  // namespace tess2::train
