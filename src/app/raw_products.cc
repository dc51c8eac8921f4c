#include "app/raw_products.h"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <dnnl.hpp>
#include <string>

#include "core/error.h"
#include "tensor/parallel.h"

namespace tess2::app {
namespace {

using dnnl::memory;

/// Lets oneDNN use as many threads as our own loops do, then one again (tensor/parallel.h).
class LibraryThreads {
 public:
  LibraryThreads() { omp_set_num_threads(tensor::parallelism()); }
  ~LibraryThreads() { omp_set_num_threads(1); }
  LibraryThreads(const LibraryThreads&) = delete;
  LibraryThreads& operator=(const LibraryThreads&) = delete;
};

memory filled(const memory::desc& description, const dnnl::engine& cpu) {
  memory result(description, cpu);
  // Any finite numbers will do: in bf16 these bytes are 2.4e-38.
  std::memset(result.get_data_handle(), 1, description.get_size());
  return result;
}

/// Of all weights of products that have their own, about: more than a processor's caches hold.
constexpr std::size_t kOwnWeightBytes = std::size_t{1} << 30;

struct RawProduct {
  std::int64_t count;
  dnnl::matmul product;
  memory a, c;
  std::vector<memory> weights;  ///< the first serves where weights are reused

  RawProduct(const ProductShape& shape, bool is_bf16, const dnnl::engine& cpu)
      : count(shape.count) {
    using Type = memory::data_type;
    using Tag = memory::format_tag;
    const memory::desc x({shape.rows, shape.inputs}, is_bf16 ? Type::bf16 : Type::u8, Tag::ab);
    const memory::desc w({shape.inputs, shape.outputs}, is_bf16 ? Type::bf16 : Type::s8, Tag::any);
    const memory::desc y({shape.rows, shape.outputs}, is_bf16 ? Type::f32 : Type::s32, Tag::ab);
    const dnnl::matmul::primitive_desc description({x, w, y}, cpu, /*allow_empty=*/true);
    if (!description) {
      throw Error(std::string("oneDNN has no ") + (is_bf16 ? "bf16" : "8-bit") +
                  " products on this machine to compare with");
    }
    product = dnnl::matmul(description);
    a = filled(x, cpu);
    c = filled(y, cpu);
    weights.push_back(filled(description.weights_desc(), cpu));
  }

  std::size_t weight_bytes() const { return weights.front().get_desc().get_size(); }

  /// Gives each of `distinct` products its own weights.
  void own_weights(std::int64_t distinct, const dnnl::engine& cpu) {
    while (std::ssize(weights) < distinct) {
      weights.push_back(filled(weights.front().get_desc(), cpu));
    }
  }
};

}  // namespace

double ProductShape::flops() const {
  return 2.0 * static_cast<double>(rows) * static_cast<double>(inputs) *
         static_cast<double>(outputs) * static_cast<double>(count);
}

struct RawProducts::State {
  dnnl::engine cpu{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{cpu};
  std::vector<RawProduct> products;
};

RawProducts::RawProducts(const std::vector<ProductShape>& shapes, engine::WeightFormat format)
    : state_(std::make_unique<State>()) {
  const LibraryThreads threads;
  for (const ProductShape& shape : shapes) {
    state_->products.emplace_back(shape, format == engine::WeightFormat::kBf16, state_->cpu);
  }
  std::size_t bytes = 0;
  for (const RawProduct& p : state_->products) {
    bytes += p.weight_bytes() * static_cast<std::size_t>(p.count);
  }
  const double share =
      std::min(1.0, static_cast<double>(kOwnWeightBytes) / static_cast<double>(bytes));
  for (RawProduct& p : state_->products) {
    const auto distinct = std::ceil(share * static_cast<double>(p.count));
    p.own_weights(static_cast<std::int64_t>(distinct), state_->cpu);
  }
  run(RawWeights::kOwn);  // the first run warms up
}

RawProducts::~RawProducts() = default;

double RawProducts::run(RawWeights which) {
  const LibraryThreads threads;
  const auto begin = std::chrono::steady_clock::now();
  for (const RawProduct& p : state_->products) {
    for (std::int64_t i = 0; i < p.count; ++i) {
      const std::size_t at =
          which == RawWeights::kReused ? 0 : static_cast<std::size_t>(i) % p.weights.size();
      p.product.execute(
          state_->stream,
          {{DNNL_ARG_SRC, p.a}, {DNNL_ARG_WEIGHTS, p.weights[at]}, {DNNL_ARG_DST, p.c}});
    }
  }
  state_->stream.wait();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace tess2::app
