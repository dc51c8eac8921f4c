#include "model/ops.h"

#include <vector>

#include "model/ops_reference.h"
#include "model/row_kernels.h"
#include "tensor/gemm.h"
#include "tensor/parallel.h"

namespace tess2::model {
namespace {

using at::Tensor;
using tensor::MatrixView;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kRowBlock = 64;

bool has_kernel(const Tensor& x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat;
}

/// Number of rows when the last dimension is the row.
std::int64_t rows_of(const Tensor& x) {
  return x.numel() / x.size(-1);
}

// y = x W^T;  dx = dy W;  dW = dy^T x.
struct Linear : torch::autograd::Function<Linear> {
  static Tensor forward(AutogradContext* context, const Tensor& given, const Tensor& weight) {
    const Tensor x = given.contiguous();
    const std::int64_t in = weight.size(1);
    const std::int64_t out = weight.size(0);
    auto shape = x.sizes().vec();
    shape.back() = out;
    Tensor y = at::empty(shape, x.options());
    tensor::parallel_gemm(rows_of(x), out, in, {x.data_ptr<float>(), in},
                          MatrixView{weight.data_ptr<float>(), in}.t(), 0.0f, y.data_ptr<float>(),
                          out);
    context->save_for_backward({x, weight});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor& x = saved[0];
    const Tensor& weight = saved[1];
    const Tensor dy = gradients[0].contiguous();
    const std::int64_t in = weight.size(1);
    const std::int64_t out = weight.size(0);
    Tensor dx, dw;
    if (context->needs_input_grad(0)) {
      dx = at::empty_like(x);
      tensor::parallel_gemm(rows_of(x), in, out, {dy.data_ptr<float>(), out},
                            {weight.data_ptr<float>(), in}, 0.0f, dx.data_ptr<float>(), in);
    }
    if (context->needs_input_grad(1)) {
      dw = at::empty_like(weight);
      tensor::parallel_gemm(out, in, rows_of(x), MatrixView{dy.data_ptr<float>(), out}.t(),
                            {x.data_ptr<float>(), in}, 0.0f, dw.data_ptr<float>(), in);
    }
    return {dx, dw};
  }
};

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static Tensor forward(AutogradContext* context, const Tensor& given, const Tensor& weight,
                        double eps) {
    const Tensor x = given.contiguous();
    const std::int64_t n = x.size(-1);
    Tensor y = at::empty_like(x);
    Tensor scale = at::empty({rows_of(x)}, x.options());
    const float* in = x.data_ptr<float>();
    const float* w = weight.data_ptr<float>();
    float* out = y.data_ptr<float>();
    float* r = scale.data_ptr<float>();
    tensor::parallel_blocks(rows_of(x), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        r[i] = kernels::rms_norm(in + i * n, w, n, static_cast<float>(eps), out + i * n);
      }
    });
    context->save_for_backward({x, weight, scale});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor& x = saved[0];
    const Tensor dy = gradients[0].contiguous();
    const std::int64_t n = x.size(-1);
    const std::int64_t blocks = (rows_of(x) + kRowBlock - 1) / kRowBlock;
    const bool wants_dw = context->needs_input_grad(1);
    Tensor dx = at::empty_like(x);
    // One partial sum a block, added in order below.
    Tensor partial = at::zeros({wants_dw ? blocks : 0, n}, x.options());
    const float* in = x.data_ptr<float>();
    const float* w = saved[1].data_ptr<float>();
    const float* r = saved[2].data_ptr<float>();
    const float* upstream = dy.data_ptr<float>();
    float* out = dx.data_ptr<float>();
    float* dw = partial.data_ptr<float>();
    tensor::parallel_blocks(rows_of(x), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        kernels::rms_norm_backward(in + i * n, w, upstream + i * n, r[i], n, out + i * n,
                                   wants_dw ? dw + begin / kRowBlock * n : nullptr);
      }
    });
    return {dx, wants_dw ? partial.sum(0) : Tensor(), Tensor()};
  }
};

struct SwiGlu : torch::autograd::Function<SwiGlu> {
  static Tensor forward(AutogradContext* context, const Tensor& given_gate,
                        const Tensor& given_up) {
    const Tensor gate = given_gate.contiguous();
    const Tensor up = given_up.contiguous();
    Tensor y = at::empty_like(gate);
    const float* g = gate.data_ptr<float>();
    const float* u = up.data_ptr<float>();
    float* out = y.data_ptr<float>();
    tensor::parallel_blocks(gate.numel(), kElements, [&](std::int64_t begin, std::int64_t end) {
      kernels::swiglu(g + begin, u + begin, end - begin, out + begin);
    });
    context->save_for_backward({gate, up});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor dy = gradients[0].contiguous();
    Tensor dg = at::empty_like(saved[0]);
    Tensor du = at::empty_like(saved[0]);
    const float* g = saved[0].data_ptr<float>();
    const float* u = saved[1].data_ptr<float>();
    const float* upstream = dy.data_ptr<float>();
    float* gate_out = dg.data_ptr<float>();
    float* up_out = du.data_ptr<float>();
    tensor::parallel_blocks(dy.numel(), kElements, [&](std::int64_t begin, std::int64_t end) {
      kernels::swiglu_backward(g + begin, u + begin, upstream + begin, end - begin,
                               gate_out + begin, up_out + begin);
    });
    return {dg, du};
  }

  static constexpr std::int64_t kElements = 1 << 14;
};

/// Turns every head of x [B, L, heads * head_dim] by `direction` times its angle.
Tensor rotate_all(const Tensor& given, const Tensor& cos, const Tensor& sin, float direction) {
  const Tensor x = given.contiguous();
  const std::int64_t length = x.size(1);
  const std::int64_t width = x.size(2);
  const std::int64_t half = cos.size(1);
  Tensor y = at::empty_like(x);
  const float* in = x.data_ptr<float>();
  const float* c = cos.data_ptr<float>();
  const float* s = sin.data_ptr<float>();
  float* out = y.data_ptr<float>();
  tensor::parallel_blocks(x.size(0) * length, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t angle = row % length * half;
      for (std::int64_t head = 0; head < width; head += 2 * half) {
        kernels::rotate_head(in + row * width + head, c + angle, s + angle, half, direction,
                             out + row * width + head);
      }
    }
  });
  return y;
}

struct Rotate : torch::autograd::Function<Rotate> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& cos,
                        const Tensor& sin) {
    context->save_for_backward({cos, sin});
    return rotate_all(x, cos, sin, 1.0f);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    return {rotate_all(gradients[0], saved[0], saved[1], -1.0f), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor linear_map(const Tensor& x, const Tensor& weight) {
  return has_kernel(x) ? Linear::apply(x, weight) : reference::linear_map(x, weight);
}

Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  return has_kernel(x) ? RmsNorm::apply(x, weight, eps) : reference::rms_norm(x, weight, eps);
}

Tensor swiglu(const Tensor& gate, const Tensor& up) {
  return has_kernel(gate) ? SwiGlu::apply(gate, up) : reference::swiglu(gate, up);
}

Tensor rotate(const Tensor& x, const RotaryTable& table) {
  return has_kernel(x) ? Rotate::apply(x, table.cos, table.sin) : reference::rotate(x, table);
}

RotaryTable make_rotary_table(std::int64_t first_position, std::int64_t length,
                              std::int64_t head_dim, double theta, at::Device device) {
  // In single precision throughout, as the reference does: the roundings of the angles are part of
  // the numbers to match.
  const Tensor exponents = at::arange(0, head_dim, 2, at::kFloat) / double(head_dim);
  const Tensor frequencies = at::reciprocal(at::pow(theta, exponents));
  const Tensor positions = at::arange(first_position, first_position + length, at::kFloat);
  const Tensor angles = positions.unsqueeze(1) * frequencies.unsqueeze(0);  // [L, head_dim / 2]
  return {at::cos(angles).to(device), at::sin(angles).to(device)};
}

}  // namespace tess2::model
