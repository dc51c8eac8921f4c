// One row of logits as it lies in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "core/float16.h"

namespace tess2::diffusion {

/// A view of V logits in float32 or float16; what reads logits takes either.
class LogitRow {
 public:
  /// No row: where there is no earlier prediction.
  LogitRow() = default;
  LogitRow(std::span<const float> values) : floats_(values.data()), size_(values.size()) {}
  LogitRow(std::span<const Float16> values) : halves_(values.data()), size_(values.size()) {}
  LogitRow(const std::vector<float>& values) : LogitRow(std::span(values)) {}
  LogitRow(const std::vector<Float16>& values) : LogitRow(std::span(values)) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Logits [first, first + count).
  LogitRow part(std::size_t first, std::size_t count) const {
    if (halves_ != nullptr) return std::span(halves_ + first, count);
    return std::span(floats_ + first, count);
  }

  /// Writes them as floats; `out` is as long.
  void copy_to(std::span<float> out) const {
    if (halves_ != nullptr) return to_float32(std::span(halves_, size_), out);
    std::copy_n(floats_, size_, out.begin());
  }

  /// Calls read(const float*) or read(const Float16*) with the values.
  template <class Read>
  auto visit(const Read& read) const {
    return halves_ != nullptr ? read(halves_) : read(floats_);
  }

 private:
  const float* floats_ = nullptr;
  const Float16* halves_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tess2::diffusion
