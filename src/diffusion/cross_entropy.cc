#include "diffusion/cross_entropy.h"

#include "core/error.h"
#include "diffusion/simplex_kernels.h"
#include "tensor/parallel.h"

namespace tess2::diffusion {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kRowBlock = 16;

/// loss_n = lse(logits_n) - logits_n[label_n];  d loss_n / d logits_n = softmax(logits_n) - onehot.
/// Keeps the logits and lse [N] alone; the softmax is made again for the gradient.
struct CrossEntropy : torch::autograd::Function<CrossEntropy> {
  static Tensor forward(AutogradContext* context, const Tensor& given_logits,
                        const Tensor& given_labels) {
    const Tensor logits = given_logits.contiguous();
    const Tensor labels = given_labels.contiguous();
    const std::int64_t vocab = logits.size(1);
    Tensor losses = at::empty({logits.size(0)}, at::kFloat);
    Tensor lse = at::empty_like(losses);
    const float* x = logits.data_ptr<float>();
    const auto* label = labels.data_ptr<std::int64_t>();
    float* loss = losses.data_ptr<float>();
    float* log_sum = lse.data_ptr<float>();
    tensor::parallel_blocks(logits.size(0), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        if (label[n] < 0 || label[n] >= vocab) throw Error("cross-entropy: label outside V");
        const float* row = x + n * vocab;
        log_sum[n] = log_sum_exp(std::span(row, static_cast<std::size_t>(vocab)));
        loss[n] = log_sum[n] - row[label[n]];
      }
    });
    context->save_for_backward({logits, labels, lse});
    return losses;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const std::int64_t vocab = saved[0].size(1);
    const Tensor upstream = gradients[0].contiguous();
    Tensor d_logits = at::empty_like(saved[0]);
    const float* x = saved[0].data_ptr<float>();
    const auto* label = saved[1].data_ptr<std::int64_t>();
    const float* lse = saved[2].data_ptr<float>();
    const float* scale = upstream.data_ptr<float>();
    float* out = d_logits.data_ptr<float>();
    tensor::parallel_blocks(saved[0].size(0), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        const auto width = static_cast<std::size_t>(vocab);
        scaled_softmax({x + n * vocab, width}, lse[n], scale[n], {out + n * vocab, width});
        out[n * vocab + label[n]] -= scale[n];
      }
    });
    return {d_logits, Tensor()};
  }
};

}  // namespace

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& labels) {
  if (!logits.is_cpu()) return at::cross_entropy_loss(logits, labels, {}, at::Reduction::None);
  return CrossEntropy::apply(logits, labels);
}

}  // namespace tess2::diffusion
