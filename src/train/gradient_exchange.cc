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

/// Where gradients are shared, all ranks must add up the same unit at a time, though each has its
/// gradients in an order of its own. In the first backward pass the first rank leads: it announces
/// each unit as it becomes ready, then those that never did. Later passes follow that order.
class GradientExchange::State : public std::enable_shared_from_this<State> {
 public:
  State(const std::vector<tensor::NamedTensor>& parameters, Sharing sharing)
      : sharing_(std::move(sharing)),
        gradients_(parameters.size()),
        slots_(sharing_.units().size()) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      gradients_[i].parameter = parameters[i].tensor;
    }
    for (std::size_t u = 0; u < slots_.size(); ++u) {
      for (const std::size_t i : sharing_.units()[u]) gradients_[i].unit = u;
    }
  }

  void watch_leaves() {
    for (Gradient& gradient : gradients_) {
      gradient.leaf = torch::autograd::impl::grad_accumulator(gradient.parameter);
      // The leaf holds the hook, so the hook must not hold the leaf.
      gradient.leaf->add_post_hook(
          std::make_unique<AfterAccumulation>([weak = weak_from_this(), unit = gradient.unit] {
            if (const auto state = weak.lock()) state->note_ready(unit);
          }));
    }
  }

  void after_backward() {
    at::NoGradGuard no_grad;
    if (!sharing_.shares_gradients()) return;
    if (leads()) {
      announce_the_rest();
    } else {
      while (next() != kEnd) take_turn();
    }
    add_up_late_ones();
    for (Slot& slot : slots_) slot = {std::move(slot.sum)};
    turn_ = 0;
    order_is_known_ = true;
  }

  void finish() {
    at::NoGradGuard no_grad;
    if (!sharing_.shares_gradients()) {
      for (std::size_t u = 0; u < slots_.size(); ++u) add_up(u);
    }
    std::vector<double> present;
    for (Gradient& gradient : gradients_) present.push_back(std::exchange(gradient.present, 0.0));
    present = sharing_.ranks().sum(present);
    for (std::size_t u = 0; u < slots_.size(); ++u) put_back(u, present);
  }

  std::int64_t peak_bytes() const { return peak_bytes_; }

 private:
  static constexpr std::int64_t kEnd = -1;

  /// That of one parameter, here.
  struct Gradient {
    at::Tensor parameter = {};
    std::size_t unit = 0;
    std::shared_ptr<torch::autograd::Node> leaf = {};
    double present = 0.0;  ///< how many there were for the sum
    std::int64_t held_bytes = 0;
  };

  /// One unit.
  struct Slot {
    at::Tensor sum = {};    ///< flat, over the ranks, on those that keep it
    std::size_t ready = 0;  ///< parameters whose gradient is, in this backward pass
    bool was_added = false;
  };

  bool leads() const { return sharing_.ranks().is_first() && !order_is_known_; }
  bool is_ready(std::size_t u) const { return slots_[u].ready >= sharing_.units()[u].size(); }

  void note_ready(std::size_t u) {
    at::NoGradGuard no_grad;
    ++slots_[u].ready;
    note_bytes(u);
    if (!sharing_.shares_gradients() || !is_ready(u)) return;
    if (leads()) return announce(u);
    // What the first rank announces may be behind what is ready here.
    while (any_is_ready() && next() != kEnd && is_ready(static_cast<std::size_t>(next()))) {
      take_turn();
    }
  }

  bool any_is_ready() const {
    for (std::size_t u = 0; u < slots_.size(); ++u) {
      if (is_ready(u)) return true;
    }
    return false;
  }

  void announce(std::size_t u) {
    order_.push_back(tell(static_cast<std::int64_t>(u)));
    add_up(u);
  }

  void announce_the_rest() {
    for (std::size_t u = 0; u < slots_.size(); ++u) {
      if (!slots_[u].was_added) announce(u);
    }
    order_.push_back(tell(kEnd));
  }

  /// The unit whose turn it is, or the end; in the first pass, waits until the first rank says so.
  std::int64_t next() {
    if (turn_ == order_.size()) order_.push_back(tell(kEnd));
    return order_[turn_];
  }

  void take_turn() { add_up(static_cast<std::size_t>(order_[turn_++])); }

  /// From the first rank to the others.
  std::int64_t tell(std::int64_t what) const {
    at::Tensor word = at::full({1}, what, at::kLong);
    sharing_.ranks().broadcast(word, 0);
    return word.item<std::int64_t>();
  }

  void note_bytes(std::size_t u) {
    for (const std::size_t i : sharing_.units()[u]) {
      Gradient& gradient = gradients_[i];
      const std::int64_t bytes = bytes_of(gradient.parameter.grad());
      held_bytes_ += bytes - std::exchange(gradient.held_bytes, bytes);
    }
    peak_bytes_ = std::max(peak_bytes_, held_bytes_ + sum_bytes_);
  }

  /// Moves the gradients of a unit, of this micro-batch or of the step, to whoever keeps their sum.
  void add_up(std::size_t u) {
    slots_[u].ready = 0;
    slots_[u].was_added = true;
    at::Tensor gradient = take(u);
    if (sharing_.is_shared()) {
      sharing_.ranks().sum_to(gradient, sharing_.unit_owner(u));
    } else {
      sharing_.ranks().sum(gradient);
    }
    if (sharing_.keeps_unit(u)) {
      at::Tensor& sum = slots_[u].sum;
      if (!sum.defined()) sum_bytes_ += bytes_of(gradient);
      sum = sum.defined() ? sum.add_(gradient) : std::move(gradient);
    }
    note_bytes(u);
  }

  /// The gradients of a unit one after another, and zeros for those that are not there.
  at::Tensor take(std::size_t u) {
    std::vector<at::Tensor> parts;
    for (const std::size_t i : sharing_.units()[u]) {
      Gradient& gradient = gradients_[i];
      at::Tensor part = std::exchange(gradient.parameter.mutable_grad(), {});
      if (part.defined()) gradient.present += 1.0;
      if (!part.defined()) part = at::zeros_like(gradient.parameter);
      parts.push_back(part.contiguous().view({-1}));
    }
    return parts.size() == 1 ? parts[0] : at::cat(parts);
  }

  /// Makes the sum of a unit the gradients of its parameters, but for those that nobody had.
  void put_back(std::size_t u, const std::vector<double>& present) {
    const at::Tensor sum = std::exchange(slots_[u].sum, {});
    if (!sum.defined()) return;
    sum_bytes_ -= bytes_of(sum);
    std::int64_t begin = 0;
    for (const std::size_t i : sharing_.units()[u]) {
      at::Tensor& parameter = gradients_[i].parameter;
      const at::Tensor part = sum.narrow(0, begin, parameter.numel()).view(parameter.sizes());
      if (present[i] > 0.0) parameter.mutable_grad() = part;
      begin += parameter.numel();
    }
  }

  /// A leaf that the backward pass reached again after its unit was added up has another part.
  void add_up_late_ones() {
    std::vector<double> late(slots_.size());
    for (const Gradient& gradient : gradients_) {
      if (gradient.parameter.grad().defined()) late[gradient.unit] = 1.0;
    }
    late = sharing_.ranks().sum(late);
    for (std::size_t u = 0; u < slots_.size(); ++u) {
      if (late[u] > 0.0) add_up(u);
    }
  }

  Sharing sharing_;
  std::vector<Gradient> gradients_;  ///< by parameter
  std::vector<Slot> slots_;          ///< by unit
  std::vector<std::int64_t> order_;  ///< of the units, and the end
  std::size_t turn_ = 0;             ///< in `order_`, of this backward pass
  bool order_is_known_ = false;
  std::int64_t held_bytes_ = 0;  ///< of `.grad()`
  std::int64_t sum_bytes_ = 0;
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
