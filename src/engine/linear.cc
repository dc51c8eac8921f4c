#include "engine/linear.h"

#include <algorithm>
#include <bit>

#include "tensor/packed_product.h"
#include "tensor/parallel.h"

namespace tess2::engine {
namespace {

using kernels::Bf16;
using tensor::multiply;

/// Rows multiplied at a time: their block of the result stays in the second-level cache.
constexpr std::int64_t kRowTile = 256;
/// Panels of a task at most; fewer where a matrix is small, so that threads have work.
constexpr std::int64_t kPanels = 2;
constexpr std::int64_t kTasksWanted = 4;

struct Range {
  std::int64_t first, count;
};

/// Block `index` of the panels of a matrix.
struct Blocks {
  std::int64_t panels, size;

  explicit Blocks(const PackedMatrix& weight)
      : panels(weight.padded_outputs() / kPanel),
        size(std::clamp(panels / kTasksWanted, std::int64_t{1}, kPanels)) {}
  std::int64_t count() const { return (panels + size - 1) / size; }
  Range at(std::int64_t index) const {
    return {index * size, std::min(size, panels - index * size)};
  }
};

/// Eight bits fit into bfloat16's mantissa.
Bf16 exact_bf16(std::int8_t value) {
  return static_cast<Bf16>(std::bit_cast<std::uint32_t>(static_cast<float>(value)) >> 16);
}

/// The weights of outlier columns as a bf16 product reads them: panels of `columns` inputs.
Buffer<Bf16> outlier_weights(const PackedMatrix& weight, const std::int8_t* values, Range panels,
                             const std::vector<std::int64_t>& columns, std::int64_t padded) {
  Buffer<Bf16> out(panels.count * kPanel * padded);
  std::fill_n(out.data(), out.size(), Bf16{0});
  for (std::int64_t p = 0; p < panels.count; ++p) {
    const std::int8_t* panel = values + p * kPanel * weight.padded_inputs();
    for (std::int64_t j = 0; j < std::ssize(columns); ++j) {
      const std::int64_t k = columns[static_cast<std::size_t>(j)];
      for (std::int64_t c = 0; c < kPanel; ++c) {
        out[p * kPanel * padded + (j / 2 * kPanel + c) * 2 + j % 2] =
            exact_bf16(panel[(k / 4 * kPanel + c) * 4 + k % 4]);
      }
    }
  }
  return out;
}

/// The products of one block of panels with all rows, tile by tile.
class BlockProduct {
 public:
  BlockProduct(const Operand& x, const PackedMatrix& weight, Range panels)
      : x_(x), weight_(weight), panels_(panels), width_(panels.count * kPanel) {
    if (x.is_bf16()) return;
    const std::int64_t size = weight.padded_inputs() * kPanel;
    if (weight.format == WeightFormat::kQ4) {
      unpacked_ = Buffer<std::int8_t>(panels.count * size);
      unpack_panels(weight, panels.first, panels.first + panels.count, unpacked_.data());
      bytes_ = unpacked_.data();
    } else {
      bytes_ = weight.values.data_ptr<std::int8_t>() + panels.first * size;
    }
    if (x.columns.empty()) return;
    outlier_weights_ = outlier_weights(weight, bytes_, panels, x.columns, x.halves.stride);
  }

  /// Multiplies rows [first, first + count).
  void multiply_rows(std::int64_t first, std::int64_t count) {
    first_ = first;
    if (product_.size() < count * width_) product_ = Buffer<float>(count * width_);
    if (x_.is_bf16()) {
      const Bf16* values = reinterpret_cast<const Bf16*>(weight_.values.data_ptr<at::BFloat16>()) +
                           panels_.first * kPanel * x_.halves.stride;
      return multiply(x_.halves.row(first), values, count, width_, x_.halves.stride,
                      product_.data());
    }
    multiply(x_.bytes.row(first), bytes_, count, width_, x_.bytes.stride, integers());
    if (x_.columns.empty()) return;
    if (outliers_.size() < count * width_) outliers_ = Buffer<float>(count * width_);
    multiply(x_.halves.row(first), outlier_weights_.data(), count, width_, x_.halves.stride,
             outliers_.data());
  }

  /// The results of `count` of the rows just multiplied.
  kernels::ProductBlock results(std::int64_t count) const {
    kernels::ProductBlock y;
    y.rows = count;
    y.columns = channels();
    y.stride = width_;
    if (x_.is_bf16()) {
      y.values = product_.data();
      return y;
    }
    y.integers = reinterpret_cast<const std::int32_t*>(product_.data());
    y.scales = weight_.scales.data_ptr<float>() + first_channel();
    y.sums = weight_.sums.data_ptr<std::int32_t>() + first_channel();
    y.zero_point = x_.zero_point;
    y.row_scales = x_.scales.data() + first_;
    if (!x_.columns.empty()) y.outliers = outliers_.data();
    return y;
  }

  std::int64_t first_channel() const { return panels_.first * kPanel; }
  /// Output channels of the block, without the padding.
  std::int64_t channels() const { return std::min(width_, weight_.outputs - first_channel()); }

 private:
  // Integers stand in the place of numbers, four bytes each.
  std::int32_t* integers() { return reinterpret_cast<std::int32_t*>(product_.data()); }

  const Operand& x_;
  const PackedMatrix& weight_;
  Range panels_;
  std::int64_t width_;
  std::int64_t first_ = 0;
  Buffer<std::int8_t> unpacked_;
  const std::int8_t* bytes_ = nullptr;
  Buffer<Bf16> outlier_weights_;
  Buffer<float> product_;
  Buffer<float> outliers_;
};

/// The rows of x that are multiplied at a time: [first, first + count), `padded` with those that
/// only fill up.
struct RowTile {
  std::int64_t first, count, padded;
};

template <class Visit>
void for_each_tile(const Operand& x, const Visit& visit) {
  for (std::int64_t first = 0; first < x.rows; first += kRowTile) {
    visit(RowTile{first, std::min(kRowTile, x.rows - first),
                  std::min(kRowTile, x.padded_rows() - first)});
  }
}

/// Calls visit(block, tile) for every block of `weight`'s panels and every tile of rows, once they
/// are multiplied.
template <class Visit>
void for_each_tile(const Operand& x, const PackedMatrix& weight, const Visit& visit) {
  const Blocks blocks(weight);
  tensor::parallel_tasks(blocks.count(), [&](std::int64_t index) {
    BlockProduct block(x, weight, blocks.at(index));
    for_each_tile(x, [&](const RowTile& tile) {
      block.multiply_rows(tile.first, tile.padded);
      visit(block, tile);
    });
  });
}

}  // namespace

Rows16 linear(const Operand& x, const PackedMatrix& weight) {
  Rows16 y = make_rows16(x.rows, weight.outputs);
  for_each_tile(x, weight, [&](const BlockProduct& block, const RowTile& tile) {
    kernels::store(block.results(tile.count), y.row(tile.first) + block.first_channel(), y.stride);
  });
  return y;
}

void add_linear(Rows32& sum, const Operand& x, const PackedMatrix& weight) {
  for_each_tile(x, weight, [&](const BlockProduct& block, const RowTile& tile) {
    kernels::add(block.results(tile.count), sum.row(tile.first) + block.first_channel(),
                 sum.stride);
  });
}

Rows16 gated_linear(const Operand& x, const PackedMatrix& gate, const PackedMatrix& up) {
  Rows16 y = make_rows16(x.rows, gate.outputs);
  const Blocks blocks(gate);
  tensor::parallel_tasks(blocks.count(), [&](std::int64_t index) {
    BlockProduct gates(x, gate, blocks.at(index)), ups(x, up, blocks.at(index));
    for_each_tile(x, [&](const RowTile& tile) {
      gates.multiply_rows(tile.first, tile.padded);
      ups.multiply_rows(tile.first, tile.padded);
      kernels::swiglu(gates.results(tile.count), ups.results(tile.count),
                      y.row(tile.first) + gates.first_channel(), y.stride);
    });
  });
  return y;
}

void linear_into(const RowSink& sink, const Operand& x, const PackedMatrix& weight) {
  for_each_tile(x, weight, [&](const BlockProduct& block, const RowTile& tile) {
    const kernels::ProductBlock y = block.results(tile.count);
    thread_local std::vector<float> values;
    values.resize(static_cast<std::size_t>(y.rows * y.columns));
    kernels::store(y, values.data(), y.columns);
    for (std::int64_t i = 0; i < y.rows; ++i) {
      sink(tile.first + i, block.first_channel(), y.columns, values.data() + i * y.columns);
    }
  });
}

}  // namespace tess2::engine
