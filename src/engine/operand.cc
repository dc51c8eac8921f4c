#include "engine/operand.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/packed_matrix.h"
#include "tensor/bf16.h"
#include "tensor/parallel.h"

namespace tess2::engine {
namespace {

using kernels::Bf16;

constexpr std::int64_t kRowBlock = 16;
constexpr std::int32_t kZeroPoint = 128;
/// At most one column in so many is kept apart.
constexpr std::int64_t kColumnsAnOutlier = 64;

/// How far each column goes beyond the outlier bound of its rows: max |x| / (bound of the row).
std::vector<float> excess_of_columns(const Rows16& rows, const std::vector<float>& bounds) {
  std::vector<float> excess(static_cast<std::size_t>(rows.columns), 0.0f);
  std::vector<float> values(excess.size());
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    const float bound = bounds[static_cast<std::size_t>(i)];
    if (bound == 0.0f) continue;
    tensor::from_bf16(rows.row(i), rows.columns, values.data());
    for (std::size_t k = 0; k < values.size(); ++k) {
      excess[k] = std::max(excess[k], std::abs(values[k]) / bound);
    }
  }
  return excess;
}

std::vector<std::int64_t> outlier_columns(const Rows16& rows, const std::vector<float>& bounds) {
  const std::vector<float> excess = excess_of_columns(rows, bounds);
  std::vector<std::int64_t> columns(excess.size());
  std::iota(columns.begin(), columns.end(), 0);
  const auto of = [&](std::int64_t k) { return excess[static_cast<std::size_t>(k)]; };
  std::erase_if(columns, [&](std::int64_t k) { return of(k) <= 1.0f; });
  const std::int64_t most = std::max<std::int64_t>(rows.columns / kColumnsAnOutlier, 1);
  if (std::ssize(columns) > most) {
    std::ranges::stable_sort(columns, std::greater(), of);
    columns.resize(static_cast<std::size_t>(most));
    std::ranges::sort(columns);
  }
  return columns;
}

/// Moves the columns out of `rows`, where zeros stay.
Rows16 take_columns(Rows16& rows, const std::vector<std::int64_t>& columns) {
  Rows16 taken(rows.rows, std::ssize(columns), kRowUnit, kDepthUnit);
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    for (std::int64_t j = 0; j < std::ssize(columns); ++j) {
      Bf16& from = rows.row(i)[columns[static_cast<std::size_t>(j)]];
      taken.row(i)[j] = from;
      from = 0;
    }
  }
  return taken;
}

/// Quantises every row and tells its outlier bound. Returns whether any entry passes its row's.
bool quantise_rows(const Rows16& rows, Operand& out, std::vector<float>& bounds) {
  std::vector<std::uint8_t> passed(bounds.size(), 0);
  tensor::parallel_blocks(rows.rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto [largest, mean_magnitude] = kernels::spread(rows.row(i), rows.columns);
      const auto at = static_cast<std::size_t>(i);
      bounds[at] = kOutlier * mean_magnitude;
      passed[at] = largest > bounds[at];
      out.scales[at] = largest / 127.0f;
      kernels::quantise(rows.row(i), rows.stride, largest > 0.0f ? 127.0f / largest : 0.0f,
                        out.bytes.row(i));
    }
  });
  return std::ranges::count(passed, 1) > 0;
}

}  // namespace

Rows16 make_rows16(std::int64_t rows, std::int64_t columns) {
  return {rows, columns, kRowUnit, kDepthUnit};
}

Rows32 make_rows32(std::int64_t rows, std::int64_t columns) {
  return {rows, columns, 1, 1};
}

Operand make_operand(Rows16 rows, WeightFormat format) {
  Operand operand;
  operand.rows = rows.rows;
  operand.inputs = rows.columns;
  if (format == WeightFormat::kBf16) {
    operand.halves = std::move(rows);
    return operand;
  }
  operand.zero_point = kZeroPoint;
  operand.scales.resize(static_cast<std::size_t>(rows.rows));
  operand.bytes = Matrix<std::uint8_t>(rows.rows, rows.columns, kRowUnit, kDepthUnit);
  std::vector<float> bounds(operand.scales.size());
  if (quantise_rows(rows, operand, bounds)) {
    operand.columns = outlier_columns(rows, bounds);
    operand.halves = take_columns(rows, operand.columns);
    quantise_rows(rows, operand, bounds);
  }
  return operand;
}

Operand select_rows(const Operand& operand, const std::vector<std::int64_t>& chosen) {
  const auto pick = [&]<class T>(const Matrix<T>& from) {
    if (from.rows == 0) return Matrix<T>();
    Matrix<T> to(std::ssize(chosen), from.columns, kRowUnit, kDepthUnit);
    for (std::int64_t i = 0; i < to.rows; ++i) {
      std::copy_n(from.row(chosen[static_cast<std::size_t>(i)]), from.columns, to.row(i));
    }
    return to;
  };
  Operand result;
  result.rows = std::ssize(chosen);
  result.inputs = operand.inputs;
  result.halves = pick(operand.halves);
  result.bytes = pick(operand.bytes);
  result.zero_point = operand.zero_point;
  result.columns = operand.columns;
  for (const std::int64_t i : chosen) {
    if (!operand.scales.empty())
      result.scales.push_back(operand.scales[static_cast<std::size_t>(i)]);
  }
  return result;
}

}  // namespace tess2::engine
