#include "tensor/packed_product.h"

#include <dnnl.hpp>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_map>

#include "tensor/packed_product_kernels.h"

namespace tess2::tensor {
namespace {

using dnnl::memory;

struct Shape {
  bool is_bf16;
  std::int64_t m, n, depth;
  auto operator<=>(const Shape&) const = default;
};

/// oneDNN's kernel for one shape, or none.
class Kernel {
 public:
  Kernel(const Shape& shape, const dnnl::engine& cpu) {
    using Type = memory::data_type;
    using Tag = memory::format_tag;
    const auto a = shape.is_bf16 ? Type::bf16 : Type::u8;
    const auto b = shape.is_bf16 ? Type::bf16 : Type::s8;
    const auto c = shape.is_bf16 ? Type::f32 : Type::s32;
    const auto layout = shape.is_bf16 ? Tag::BA16a64b2a : Tag::BA16a64b4a;
    dnnl::primitive_attr attributes;
    // oneDNN's own scratchpads belong to the thread that makes a kernel; ours to the one that runs.
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const dnnl::matmul::primitive_desc description({{{shape.m, shape.depth}, a, Tag::ab},
                                                    {{shape.depth, shape.n}, b, layout},
                                                    {{shape.m, shape.n}, c, Tag::ab}},
                                                   attributes, cpu, /*allow_empty=*/true);
    if (!description) return;
    name_ = description.impl_info_str();
    // Its reference implementation takes any layout and is a thousand times slower than ours.
    if (name_.starts_with("ref")) return;
    a_ = description.src_desc();
    b_ = description.weights_desc();
    c_ = description.dst_desc();
    scratchpad_ = description.scratchpad_desc();
    run_ = dnnl::matmul(description);
  }

  bool exists() const { return static_cast<bool>(run_); }
  const std::string& name() const { return name_; }

  void run(const void* a, const void* b, void* c, const dnnl::engine& cpu,
           const dnnl::stream& stream) const {
    // Made once a thread: making them costs as much as a small product.
    thread_local std::map<const Kernel*, Arguments> made;
    const auto found = made.try_emplace(this).first;
    Arguments& arguments = found->second;
    if (arguments.empty()) arguments = make_arguments(cpu);
    const auto point = [&](int which, const void* data) {
      arguments.at(which).set_data_handle(const_cast<void*>(data), stream);
    };
    point(DNNL_ARG_SRC, a);
    point(DNNL_ARG_WEIGHTS, b);
    point(DNNL_ARG_DST, c);
    run_.execute(stream, arguments);
  }

 private:
  using Arguments = std::unordered_map<int, memory>;

  /// The scratchpad, the library's own, belongs to the thread as they do.
  Arguments make_arguments(const dnnl::engine& cpu) const {
    return {{DNNL_ARG_SRC, memory(a_, cpu, nullptr)},
            {DNNL_ARG_WEIGHTS, memory(b_, cpu, nullptr)},
            {DNNL_ARG_DST, memory(c_, cpu, nullptr)},
            {DNNL_ARG_SCRATCHPAD, memory(scratchpad_, cpu)}};
  }

  std::string name_;
  memory::desc a_, b_, c_, scratchpad_;
  dnnl::matmul run_;
};

/// Kernels made so far, shared by all models: they hold code, no data.
class Kernels {
 public:
  const Kernel& of(const Shape& shape) {
    const std::lock_guard lock(mutex_);
    const auto found = kernels_.find(shape);
    if (found != kernels_.end()) return found->second;
    return kernels_.emplace(shape, Kernel(shape, cpu_)).first->second;
  }
  const dnnl::engine& cpu() const { return cpu_; }

 private:
  dnnl::engine cpu_{dnnl::engine::kind::cpu, 0};
  std::mutex mutex_;
  std::map<Shape, Kernel> kernels_;
};

Kernels& shared_kernels() {
  static Kernels kernels;
  return kernels;
}

template <class A, class B, class C>
void multiply_packed(const A* a, const B* b, const Shape& shape, C* c) {
  Kernels& kernels = shared_kernels();
  const Kernel& kernel = kernels.of(shape);
  if (!kernel.exists()) {
    return kernels::multiply(a, b, shape.m, shape.n, shape.depth, c);
  }
  thread_local const dnnl::stream stream(kernels.cpu());
  kernel.run(a, b, c, kernels.cpu(), stream);
}

std::string kernel_name(bool is_bf16) {
  const Kernel& kernel = shared_kernels().of({is_bf16, 64, 64, 64});
  return kernel.exists() ? kernel.name() : "own";
}

}  // namespace

void multiply(const Bf16* a, const Bf16* b, std::int64_t m, std::int64_t n, std::int64_t depth,
              float* c) {
  multiply_packed(a, b, {true, m, n, depth}, c);
}

void multiply(const std::uint8_t* a, const std::int8_t* b, std::int64_t m, std::int64_t n,
              std::int64_t depth, std::int32_t* c) {
  multiply_packed(a, b, {false, m, n, depth}, c);
}

std::string bf16_product_kernel() {
  return kernel_name(true);
}

std::string byte_product_kernel() {
  return kernel_name(false);
}

}  // namespace tess2::tensor
