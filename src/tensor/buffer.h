// Plain memory for vector kernels: aligned to cache lines, not initialised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace tess2::tensor {

/// n up to a whole number of units.
constexpr std::int64_t round_up(std::int64_t n, std::int64_t unit) {
  return (n + unit - 1) / unit * unit;
}

/// `size` numbers in memory of their own.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  /// Throws std::bad_alloc.
  explicit Buffer(std::int64_t size) : size_(static_cast<std::size_t>(size)) {
    const std::size_t bytes = (size_ * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
    values_.reset(static_cast<T*>(std::aligned_alloc(kAlignment, bytes)));
    if (bytes > 0 && !values_) throw std::bad_alloc();
  }

  T* data() { return values_.get(); }
  const T* data() const { return values_.get(); }
  std::int64_t size() const { return static_cast<std::int64_t>(size_); }
  T& operator[](std::int64_t i) { return values_[static_cast<std::size_t>(i)]; }
  const T& operator[](std::int64_t i) const { return values_[static_cast<std::size_t>(i)]; }

 private:
  static constexpr std::size_t kAlignment = 64;
  struct Free {
    void operator()(T* p) const { std::free(p); }
  };
  std::size_t size_ = 0;
  std::unique_ptr<T[], Free> values_;
};

/// A row-major matrix whose rows and columns are padded with zeros up to whole units.
template <class T>
struct Matrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t padded_rows = 0;
  std::int64_t stride = 0;  ///< padded columns
  Buffer<T> values;

  Matrix() = default;
  /// The padding is zero, the rest is not initialised.
  Matrix(std::int64_t row_count, std::int64_t column_count, std::int64_t row_unit,
         std::int64_t column_unit)
      : rows(row_count),
        columns(column_count),
        padded_rows(round_up(row_count, row_unit)),
        stride(round_up(column_count, column_unit)),
        values(padded_rows * stride) {
    for (std::int64_t i = 0; i < rows; ++i) clear(row(i) + columns, stride - columns);
    clear(row(rows), (padded_rows - rows) * stride);
  }

  T* row(std::int64_t i) { return values.data() + i * stride; }
  const T* row(std::int64_t i) const { return values.data() + i * stride; }

 private:
  static void clear(T* first, std::int64_t count) {
    if (count > 0) std::memset(first, 0, static_cast<std::size_t>(count) * sizeof(T));
  }
};

}  // namespace tess2::tensor
