#include "model/ops.h"

#include <algorithm>

#include "model/float_rows.h"
#include "model/ops_reference.h"
#include "model/row_kernels.h"
#include "tensor/parallel.h"

namespace tess2::model {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kRowBlock = 64;

/// y <- the norm of each row of x in y's type; r [rows] <- 1 / sqrt(mean(x^2) + eps).
template <class T>
void normalise_rows(const Tensor& x, const Tensor& weight, double eps, const Tensor& y,
                    const Tensor& r) {
  const std::int64_t n = x.size(-1);
  tensor::parallel_blocks(rows_of(x), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    FloatRow<T> row(n);
    for (std::int64_t i = begin; i < end; ++i) {
      T* out = data_of<T>(y) + i * n;
      r.data_ptr<float>()[i] =
          kernels::rms_norm(x.data_ptr<float>() + i * n, weight.data_ptr<float>(), n,
                            static_cast<float>(eps), row.place(out));
      row.write(n, out);
    }
  });
}

/// dx <- the gradient by x; partial [blocks, n] gains those by the weight, unless it is empty.
template <class T>
void normalise_backward(const Tensor& x, const Tensor& weight, const Tensor& r, const Tensor& dy,
                        const Tensor& dx, const Tensor& partial) {
  const std::int64_t n = x.size(-1);
  float* dw = partial.numel() > 0 ? partial.data_ptr<float>() : nullptr;
  tensor::parallel_blocks(rows_of(x), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    FloatRow<T> row(n);
    for (std::int64_t i = begin; i < end; ++i) {
      kernels::rms_norm_backward(x.data_ptr<float>() + i * n, weight.data_ptr<float>(),
                                 row.read(data_of<T>(dy) + i * n, n), r.data_ptr<float>()[i], n,
                                 dx.data_ptr<float>() + i * n,
                                 dw == nullptr ? nullptr : dw + begin / kRowBlock * n);
    }
  });
}

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static Tensor forward(AutogradContext* context, const Tensor& given, const Tensor& weight,
                        double eps, at::ScalarType type) {
    const Tensor x = given.contiguous();
    const Tensor y = at::empty(x.sizes(), x.options().dtype(type));
    const Tensor r = at::empty({rows_of(x)}, x.options());
    with_element_type(type, [&](auto t) { normalise_rows<decltype(t)>(x, weight, eps, y, r); });
    context->save_for_backward({x, weight, r});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor& x = saved[0];
    const Tensor dy = gradients[0].contiguous();
    const bool wants_dw = context->needs_input_grad(1);
    const Tensor dx = at::empty_like(x);
    // One partial sum a block, added in order.
    const std::int64_t blocks = wants_dw ? (rows_of(x) + kRowBlock - 1) / kRowBlock : 0;
    const Tensor partial = at::zeros({blocks, x.size(-1)}, x.options());
    with_element_type(dy.scalar_type(), [&](auto t) {
      normalise_backward<decltype(t)>(x, saved[1], saved[2], dy, dx, partial);
    });
    return {dx, wants_dw ? partial.sum(0) : Tensor(), Tensor(), Tensor()};
  }
};

// Elements of a task, and those worked on at a time, which stay in the first cache.
constexpr std::int64_t kElements = 1 << 14;
constexpr std::int64_t kPart = 2048;

/// Calls part(begin, end) for all parts of [0, count), on all threads.
template <class Part>
void for_parts(std::int64_t count, const Part& part) {
  tensor::parallel_blocks(count, kElements, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t at = begin; at < end; at += kPart) part(at, std::min(end, at + kPart));
  });
}

template <class T>
void swiglu_all(const Tensor& gate, const Tensor& up, const Tensor& y) {
  for_parts(gate.numel(), [&](std::int64_t begin, std::int64_t end) {
    thread_local FloatRow<T> g(kPart), u(kPart), row(kPart);
    const std::int64_t n = end - begin;
    T* out = data_of<T>(y) + begin;
    kernels::swiglu(g.read(data_of<T>(gate) + begin, n), u.read(data_of<T>(up) + begin, n), n,
                    row.place(out));
    row.write(n, out);
  });
}

template <class T>
void swiglu_backward_all(const Tensor& gate, const Tensor& up, const Tensor& dy, const Tensor& dg,
                         const Tensor& du) {
  for_parts(gate.numel(), [&](std::int64_t begin, std::int64_t end) {
    thread_local FloatRow<T> g(kPart), u(kPart), upstream(kPart), gate_row(kPart), up_row(kPart);
    const std::int64_t n = end - begin;
    T* gate_out = data_of<T>(dg) + begin;
    T* up_out = data_of<T>(du) + begin;
    kernels::swiglu_backward(g.read(data_of<T>(gate) + begin, n), u.read(data_of<T>(up) + begin, n),
                             upstream.read(data_of<T>(dy) + begin, n), n, gate_row.place(gate_out),
                             up_row.place(up_out));
    gate_row.write(n, gate_out);
    up_row.write(n, up_out);
  });
}

struct SwiGlu : torch::autograd::Function<SwiGlu> {
  static Tensor forward(AutogradContext* context, const Tensor& given_gate,
                        const Tensor& given_up) {
    const Tensor gate = given_gate.contiguous();
    const Tensor up = given_up.contiguous();
    const Tensor y = at::empty_like(gate);
    with_element_type(gate.scalar_type(), [&](auto t) { swiglu_all<decltype(t)>(gate, up, y); });
    context->save_for_backward({gate, up});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor dy = gradients[0].contiguous();
    const Tensor dg = at::empty_like(saved[0]);
    const Tensor du = at::empty_like(saved[0]);
    with_element_type(dy.scalar_type(), [&](auto t) {
      swiglu_backward_all<decltype(t)>(saved[0], saved[1], dy, dg, du);
    });
    return {dg, du};
  }
};

template <class T>
void rotate_rows(const Tensor& x, const Tensor& cos, const Tensor& sin, float direction,
                 const Tensor& y) {
  const std::int64_t length = x.size(1), width = x.size(2), half = cos.size(1);
  tensor::parallel_blocks(x.size(0) * length, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    FloatRow<T> from(width), to(width);
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t angle = row % length * half;
      T* out = data_of<T>(y) + row * width;
      const float* in = from.read(data_of<T>(x) + row * width, width);
      for (std::int64_t head = 0; head < width; head += 2 * half) {
        kernels::rotate_head(in + head, cos.data_ptr<float>() + angle,
                             sin.data_ptr<float>() + angle, half, direction, to.place(out) + head);
      }
      to.write(width, out);
    }
  });
}

/// Turns every head of x [B, L, heads * head_dim] by `direction` times its angle.
Tensor rotate_all(const Tensor& given, const Tensor& cos, const Tensor& sin, float direction) {
  const Tensor x = given.contiguous();
  const Tensor y = at::empty_like(x);
  with_element_type(x.scalar_type(),
                    [&](auto t) { rotate_rows<decltype(t)>(x, cos, sin, direction, y); });
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

Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps, at::ScalarType type) {
  if (has_kernel(x) && x.scalar_type() == at::kFloat) return RmsNorm::apply(x, weight, eps, type);
  return reference::rms_norm(x, weight, eps).to(type);
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
