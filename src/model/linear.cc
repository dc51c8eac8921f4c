// y = x W^T;  dx = dy W;  dW = dy^T x. In bfloat16 the factors are rounded and the sums float32.
#include "model/float_rows.h"
#include "model/ops.h"
#include "model/ops_reference.h"
#include "tensor/gemm.h"
#include "tensor/half_product.h"
#include "tensor/parallel.h"

namespace tess2::model {
namespace {

using at::Tensor;
using tensor::HalfRows;
using tensor::MatrixView;
using tensor::ProductTile;
using tensor::StridedMatrix;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

Tensor empty_result(const Tensor& x, std::int64_t width, at::ScalarType type) {
  auto shape = x.sizes().vec();
  shape.back() = width;
  return at::empty(shape, x.options().dtype(type));
}

struct Linear : torch::autograd::Function<Linear> {
  static Tensor forward(AutogradContext* context, const Tensor& given, const Tensor& weight) {
    const Tensor x = given.contiguous();
    const std::int64_t in = weight.size(1), out = weight.size(0);
    const Tensor y = empty_result(x, out, at::kFloat);
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
    const std::int64_t in = weight.size(1), out = weight.size(0);
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

HalfRows half_rows(const Tensor& x) {
  return {tensor::bf16_data(x), rows_of(x), x.size(-1), x.size(-1)};
}

/// {dx, dW} of y = x W^T from dy, both bfloat16; undefined where they are not wanted.
std::pair<Tensor, Tensor> half_gradients(const Tensor& x, const Tensor& weight, const Tensor& dy,
                                         bool wants_dx, bool wants_dw) {
  const std::int64_t in = weight.size(1);
  Tensor dx, dw;
  if (wants_dx) {
    dx = at::empty_like(x);
    tensor::half_product(half_rows(dy), in, StridedMatrix<float>{weight.data_ptr<float>(), in},
                         tensor::store_bf16(data_of<Bf16>(dx), in));
  }
  if (wants_dw) {
    dw = at::empty_like(weight);
    tensor::half_outer_product(half_rows(dy), tensor::bf16_data(x), in, in, false,
                               dw.data_ptr<float>());
  }
  return {dx, dw};
}

/// y of x in bfloat16 and W in float32.
struct HalfLinear : torch::autograd::Function<HalfLinear> {
  static Tensor forward(AutogradContext* context, const Tensor& given, const Tensor& weight) {
    const Tensor x = given.contiguous();
    const std::int64_t in = weight.size(1), out = weight.size(0);
    const Tensor y = empty_result(x, out, at::kBFloat16);
    tensor::half_product(half_rows(x), out,
                         StridedMatrix<float>{weight.data_ptr<float>(), in, true},
                         tensor::store_bf16(data_of<Bf16>(y), out));
    context->save_for_backward({x, weight});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto [dx, dw] =
        half_gradients(saved[0], saved[1], gradients[0].contiguous(), context->needs_input_grad(0),
                       context->needs_input_grad(1));
    return {dx, dw};
  }
};

/// hidden + y, float32, of x in bfloat16.
struct AddHalfLinear : torch::autograd::Function<AddHalfLinear> {
  static Tensor forward(AutogradContext* context, const Tensor& given_hidden, const Tensor& given,
                        const Tensor& weight) {
    const Tensor hidden = given_hidden.contiguous();
    const Tensor x = given.contiguous();
    const std::int64_t in = weight.size(1), out = weight.size(0);
    const Tensor y = at::empty_like(hidden);
    const float* from = hidden.data_ptr<float>();
    float* to = y.data_ptr<float>();
    tensor::half_product(half_rows(x), out,
                         StridedMatrix<float>{weight.data_ptr<float>(), in, true},
                         [from, to, out](const ProductTile& tile) {
                           for (std::int64_t i = 0; i < tile.rows; ++i) {
                             const std::int64_t at = (tile.row + i) * out + tile.column;
                             const float* values = tile.values + i * tile.stride;
                             for (std::int64_t k = 0; k < tile.columns; ++k)
                               to[at + k] = from[at + k] + values[k];
                           }
                         });
    context->save_for_backward({x, weight});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto [dx, dw] =
        half_gradients(saved[0], saved[1], in_bf16(gradients[0].contiguous()),
                       context->needs_input_grad(1), context->needs_input_grad(2));
    return {gradients[0], dx, dw};
  }

  static Tensor in_bf16(const Tensor& x) {
    constexpr std::int64_t kElements = 1 << 14;
    const Tensor y = at::empty(x.sizes(), x.options().dtype(at::kBFloat16));
    tensor::parallel_blocks(x.numel(), kElements, [&](std::int64_t begin, std::int64_t end) {
      tensor::to_bf16(x.data_ptr<float>() + begin, end - begin, tensor::bf16_data(y) + begin);
    });
    return y;
  }
};

}  // namespace

Tensor linear_map(const Tensor& x, const Tensor& weight) {
  if (!has_kernel(x)) return reference::linear_map(x, weight);
  return x.scalar_type() == at::kFloat ? Linear::apply(x, weight) : HalfLinear::apply(x, weight);
}

Tensor add_linear_map(const Tensor& hidden, const Tensor& x, const Tensor& weight) {
  if (x.is_cpu() && x.scalar_type() == at::kBFloat16) {
    return AddHalfLinear::apply(hidden, x, weight);
  }
  return hidden + linear_map(x, weight);
}

}  // namespace tess2::model
