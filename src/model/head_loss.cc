// With x the hidden states, l = x W^T and w the rows' weights:
//   d l_n = w_n (softmax(l_n) - onehot(label_n)),  dx = dl W,  dW = dl^T x
// A chunk's logits become d l in place. In bfloat16 logits are float16 until they do.
#include "model/head_loss.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/error.h"
#include "core/float16.h"
#include "diffusion/cross_entropy.h"
#include "diffusion/logit_row.h"
#include "diffusion/simplex_kernels.h"
#include "model/float_rows.h"
#include "model/ops_reference.h"
#include "tensor/buffer.h"
#include "tensor/gemm.h"
#include "tensor/half_product.h"
#include "tensor/parallel.h"

namespace tess2::model {
namespace {

using at::Tensor;
using diffusion::LogitRow;
using diffusion::TokenLosses;
using tensor::Buffer;
using tensor::HalfRows;
using tensor::MatrixView;
using tensor::PackedHalf;
using tensor::ProductTile;
using tensor::StridedMatrix;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Bytes of a chunk's logits.
constexpr std::int64_t kChunkBytes = std::int64_t{64} << 20;

std::span<float> span_of(float* first, std::int64_t count) {
  return {first, static_cast<std::size_t>(count)};
}

/// Products of float32 rows with the head.
class FloatHead {
 public:
  using Element = float;

  explicit FloatHead(const Tensor& head, bool)
      : head_(head.data_ptr<float>()), vocab_(head.size(0)), hidden_(head.size(1)) {}

  std::int64_t stride() const { return vocab_; }

  void logits(const Tensor& x, float* out) const {
    tensor::parallel_gemm(x.size(0), vocab_, hidden_, {x.data_ptr<float>(), hidden_},
                          MatrixView{head_, hidden_}.t(), 0.0f, out, vocab_);
  }
  LogitRow row(const float* logits) const {
    return std::span<const float>(logits, static_cast<std::size_t>(vocab_));
  }
  void gradients(const float* d, const Tensor& x, const Tensor& dx, const Tensor& dw) const {
    const std::int64_t rows = x.size(0);
    tensor::parallel_gemm(rows, hidden_, vocab_, {d, vocab_}, {head_, hidden_}, 0.0f,
                          dx.data_ptr<float>(), hidden_);
    if (!dw.defined()) return;
    tensor::parallel_gemm(vocab_, hidden_, rows, MatrixView{d, vocab_}.t(),
                          {x.data_ptr<float>(), hidden_}, 1.0f, dw.data_ptr<float>(), hidden_);
  }

 private:
  const float* head_;
  std::int64_t vocab_, hidden_;
};

/// Products of bfloat16 rows with the head, which is packed once.
class HalfHead {
 public:
  using Element = Bf16;

  HalfHead(const Tensor& head, bool for_gradients)
      : vocab_(head.size(0)),
        hidden_(head.size(1)),
        columns_(hidden_, vocab_, StridedMatrix<float>{head.data_ptr<float>(), hidden_, true}) {
    if (for_gradients) {
      rows_.emplace(vocab_, hidden_, StridedMatrix<float>{head.data_ptr<float>(), hidden_});
    }
  }

  std::int64_t vocab() const { return vocab_; }
  /// Rows of a gradient are read as left-hand rows.
  std::int64_t stride() const { return tensor::round_up(vocab_, tensor::kHalfDepth); }

  void logits(const Tensor& x, Bf16* out) const {
    const std::int64_t row = stride();
    tensor::half_product(half_rows(x), columns_, [out, row](const ProductTile& tile) {
      for (std::int64_t i = 0; i < tile.rows; ++i) {
        const auto size = static_cast<std::size_t>(tile.columns);
        auto* to = reinterpret_cast<Float16*>(out + (tile.row + i) * row + tile.column);
        to_float16({tile.values + i * tile.stride, size}, {to, size});
      }
    });
  }
  LogitRow row(const Bf16* logits) const {
    return std::span(reinterpret_cast<const Float16*>(logits), static_cast<std::size_t>(vocab_));
  }
  void gradients(const Bf16* d, const Tensor& x, const Tensor& dx, const Tensor& dw) const {
    const HalfRows rows{d, x.size(0), vocab_, stride()};
    tensor::half_product(rows, *rows_, tensor::store_bf16(data_of<Bf16>(dx), hidden_));
    if (!dw.defined()) return;
    tensor::half_outer_product(rows, data_of<Bf16>(x), hidden_, hidden_, true,
                               dw.data_ptr<float>());
  }

 private:
  static HalfRows half_rows(const Tensor& x) {
    return {data_of<Bf16>(x), x.size(0), x.size(1), x.size(1)};
  }

  std::int64_t vocab_, hidden_;
  PackedHalf columns_;              ///< W^T
  std::optional<PackedHalf> rows_;  ///< W
};

/// The loss of one row; where `gradient` is given, the row becomes d l.
template <class Head>
float finish_row(const Head& head, typename Head::Element* logits, std::int64_t vocab,
                 std::int64_t label, float weight, bool wants_gradient) {
  using Element = typename Head::Element;
  thread_local Buffer<float> memory;
  if (memory.size() < vocab) memory = Buffer<float>(vocab);
  const LogitRow row = head.row(logits);
  float at_label = 0.0f;
  row.part(static_cast<std::size_t>(label), 1).copy_to({&at_label, 1});
  const float largest = diffusion::largest_of(row);
  const std::span<float> p = span_of(memory.data(), vocab);
  const double sum = diffusion::exponentials_of(row, largest, 1.0f, p);
  const auto loss = static_cast<float>(std::log(sum) + largest - at_label);
  if (!wants_gradient) return loss;
  diffusion::scale_row(p, static_cast<float>(weight / sum), 0.0f);
  p[static_cast<std::size_t>(label)] -= weight;
  if constexpr (std::is_same_v<Element, float>) {
    std::ranges::copy(p, logits);
  } else {
    tensor::to_bf16(p.data(), vocab, logits);
    std::fill(logits + vocab, logits + head.stride(), Element{0});
  }
  return loss;
}

/// Losses [N], and with gradients dx [N,H] and dW [V,H] of their weighted sum.
struct Results {
  Tensor losses, dx, dw;
};

template <class Head>
Results run_chunks(const Tensor& x, const Tensor& weight, const Tensor& labels,
                   const Tensor& weights, bool wants_dx, bool wants_dw) {
  using Element = typename Head::Element;
  const bool wants_gradient = wants_dx || wants_dw;
  const std::int64_t count = x.size(0), vocab = weight.size(0);
  const Head head(weight, wants_gradient);
  Results results{at::empty({count}, at::kFloat), {}, {}};
  if (wants_gradient) results.dx = at::empty_like(x);
  if (wants_dw) results.dw = at::zeros_like(weight);
  const std::int64_t row_bytes = head.stride() * static_cast<std::int64_t>(sizeof(Element));
  const std::int64_t chunk = std::max<std::int64_t>(1, std::min(kChunkBytes / row_bytes, count));
  Buffer<Element> memory(chunk * head.stride());
  for (std::int64_t first = 0; first < count; first += chunk) {
    const std::int64_t rows = std::min(chunk, count - first);
    const Tensor some = x.narrow(0, first, rows);
    head.logits(some, memory.data());
    tensor::parallel_blocks(rows, 8, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        results.losses.data_ptr<float>()[first + i] =
            finish_row(head, memory.data() + i * head.stride(), vocab,
                       labels.data_ptr<std::int64_t>()[first + i],
                       weights.data_ptr<float>()[first + i], wants_gradient);
      }
    });
    if (!wants_gradient) continue;
    head.gradients(memory.data(), some, results.dx.narrow(0, first, rows), results.dw);
  }
  return results;
}

struct HeadLoss : torch::autograd::Function<HeadLoss> {
  static variable_list forward(AutogradContext* context, const Tensor& given, const Tensor& weight,
                               const Tensor& labels, const Tensor& weights, bool wants_dx,
                               bool wants_dw) {
    const Tensor x = given.contiguous();
    const Results results =
        x.scalar_type() == at::kFloat
            ? run_chunks<FloatHead>(x, weight, labels, weights, wants_dx, wants_dw)
            : run_chunks<HalfHead>(x, weight, labels, weights, wants_dx, wants_dw);
    const auto given_or_empty = [](const Tensor& t) { return t.defined() ? t : at::empty({0}); };
    context->save_for_backward({given_or_empty(results.dx), given_or_empty(results.dw)});
    context->saved_data["dx"] = wants_dx;
    context->saved_data["dw"] = wants_dw;
    context->mark_non_differentiable({results.losses});
    return {at::dot(results.losses, weights), results.losses};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto upstream = gradients[0].item<float>();
    const auto scaled = [&](const char* name, std::size_t i) {
      if (!context->saved_data[name].toBool()) return Tensor();
      return upstream == 1.0f ? saved[i] : saved[i] * upstream;
    };
    return {scaled("dx", 0), scaled("dw", 1), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

void check_labels(const Tensor& labels, std::int64_t vocab) {
  if (labels.numel() == 0) return;
  if (labels.min().item<std::int64_t>() < 0 || labels.max().item<std::int64_t>() >= vocab) {
    throw Error("cross-entropy: label outside V");
  }
}

}  // namespace

TokenLosses head_cross_entropy(const Tensor& hidden, const Tensor& head, const Tensor& labels,
                               const Tensor& weights) {
  if (!has_kernel(hidden)) {
    const Tensor losses =
        diffusion::cross_entropy(reference::linear_map(hidden, head).to(at::kFloat), labels);
    return {at::dot(losses, weights), losses.detach()};
  }
  check_labels(labels, head.size(0));
  const bool on = at::GradMode::is_enabled();
  const variable_list results =
      HeadLoss::apply(hidden, head, labels.contiguous(), weights.contiguous(),
                      on && hidden.requires_grad(), on && head.requires_grad());
  return {results[0], results[1]};
}

struct HeadProduct::State {
  std::optional<FloatHead> floats;
  std::optional<HalfHead> halves;
};

HeadProduct::HeadProduct(const Tensor& head, at::ScalarType type)
    : state_(std::make_unique<State>()) {
  if (type == at::kFloat) {
    state_->floats.emplace(head, false);
  } else {
    state_->halves.emplace(head, false);
  }
}

HeadProduct::~HeadProduct() = default;

Tensor HeadProduct::logits(const Tensor& hidden) const {
  at::NoGradGuard no_grad;
  const Tensor x = hidden.contiguous();
  if (state_->floats) {
    const Tensor logits = at::empty({x.size(0), state_->floats->stride()}, at::kFloat);
    state_->floats->logits(x, logits.data_ptr<float>());
    return logits;
  }
  const HalfHead& half = *state_->halves;
  const Tensor logits = at::empty({x.size(0), half.stride()}, at::kHalf);
  half.logits(x, reinterpret_cast<Bf16*>(logits.data_ptr<at::Half>()));
  return logits.narrow(1, 0, half.vocab()).contiguous();
}

}  // namespace tess2::model
