#include "engine/packed_matrix.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/kernels.h"
#include "tensor/parallel.h"

namespace tess2::engine {
namespace {

constexpr float kLargest8 = 127.0f;
constexpr float kLargest4 = 8.0f;  // of the negative end; the positive one is 7
constexpr std::int64_t kRatioOne = 2048;

/// A panel of W as float32 [64, padded K], zeros where the matrix ends.
std::vector<float> read_panel(const at::Tensor& weight, std::int64_t panel,
                              std::int64_t padded_inputs) {
  const std::int64_t first = panel * kPanel;
  const std::int64_t count = std::min(kPanel, weight.size(0) - first);
  const at::Tensor rows = weight.narrow(0, first, count).to(at::kFloat).contiguous();
  std::vector<float> values(static_cast<std::size_t>(kPanel * padded_inputs), 0.0f);
  for (std::int64_t c = 0; c < count; ++c) {
    std::copy_n(rows.data_ptr<float>() + c * weight.size(1), weight.size(1),
                values.data() + c * padded_inputs);
  }
  return values;
}

float largest_magnitude(const float* x, std::int64_t n) {
  float largest = 0.0f;
  for (std::int64_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(x[i]));
  return largest;
}

std::int32_t rounded(float x, float most) {
  return static_cast<std::int32_t>(std::nearbyint(std::clamp(x, -most, most)));
}

/// Where input k of channel c of a panel lies among its 8-bit values.
std::int64_t place8(std::int64_t c, std::int64_t k) {
  return (k / 4 * kPanel + c) * 4 + k % 4;
}

void pack_bf16(const float* panel, std::int64_t depth, at::BFloat16* out) {
  for (std::int64_t c = 0; c < kPanel; ++c) {
    for (std::int64_t k = 0; k < depth; ++k) {
      out[(k / 2 * kPanel + c) * 2 + k % 2] = at::BFloat16(panel[c * depth + k]);
    }
  }
}

void pack_q8(const float* panel, std::int64_t depth, std::int8_t* out, float* scales,
             std::int32_t* sums) {
  for (std::int64_t c = 0; c < kPanel; ++c) {
    const float* w = panel + c * depth;
    const float scale = largest_magnitude(w, depth) / kLargest8;
    const float inverse = scale > 0.0f ? 1.0f / scale : 0.0f;
    std::int32_t sum = 0;
    for (std::int64_t k = 0; k < depth; ++k) {
      const std::int32_t value = rounded(w[k] * inverse, kLargest8);
      out[place8(c, k)] = static_cast<std::int8_t>(value);
      sum += value;
    }
    scales[c] = scale;
    sums[c] = sum;
  }
}

std::int32_t rounded4(float x) {
  return static_cast<std::int32_t>(std::nearbyint(std::clamp(x, -kLargest4, kLargest4 - 1.0f)));
}

/// One panel: `values` [K/8][64][4], `ratios` [K/32][64].
void pack_q4(const float* panel, std::int64_t depth, std::uint8_t* values, std::int16_t* ratios,
             float* scales) {
  std::vector<float> groups(static_cast<std::size_t>(depth / kGroup));
  for (std::int64_t c = 0; c < kPanel; ++c) {
    const float* w = panel + c * depth;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      groups[g] = kernels::group_scale(w + static_cast<std::int64_t>(g) * kGroup);
    }
    // Of all unpacked values none may pass 127.
    const float largest = largest_magnitude(groups.data(), std::ssize(groups));
    const float scale = largest * kLargest4 / kLargest8;
    scales[c] = scale;
    for (std::int64_t g = 0; g < std::ssize(groups); ++g) {
      const float group = groups[static_cast<std::size_t>(g)];
      const float ratio = scale > 0.0f ? group / scale * static_cast<float>(kRatioOne) : 0.0f;
      ratios[g * kPanel + c] = static_cast<std::int16_t>(std::nearbyint(ratio));
      const float inverse = group != 0.0f ? 1.0f / group : 0.0f;
      for (std::int64_t k = g * kGroup; k < (g + 1) * kGroup; ++k) {
        const auto code = static_cast<std::uint8_t>(rounded4(w[k] * inverse) + 8);
        std::uint8_t& byte = values[(k / 8 * kPanel + c) * 4 + k % 4];
        byte = static_cast<std::uint8_t>(k % 8 < 4 ? code : byte | code << 4);
      }
    }
  }
}

/// Sums of the 8-bit values of a panel, channel by channel.
void sum_channels(const std::int8_t* values, std::int64_t depth, std::int32_t* sums) {
  std::fill_n(sums, kPanel, 0);
  for (std::int64_t i = 0; i < depth * kPanel; ++i) sums[i / 4 % kPanel] += values[i];
}

void pack_panel(const std::vector<float>& panel, std::int64_t index, PackedMatrix& out) {
  const std::int64_t depth = out.padded_inputs();
  const std::int64_t first = index * kPanel * depth;
  const std::int64_t channel = index * kPanel;
  if (out.format == WeightFormat::kBf16) {
    return pack_bf16(panel.data(), depth, out.values.data_ptr<at::BFloat16>() + first);
  }
  float* scales = out.scales.data_ptr<float>() + channel;
  std::int32_t* sums = out.sums.data_ptr<std::int32_t>() + channel;
  if (out.format == WeightFormat::kQ8) {
    return pack_q8(panel.data(), depth, out.values.data_ptr<std::int8_t>() + first, scales, sums);
  }
  pack_q4(panel.data(), depth, out.values.data_ptr<std::uint8_t>() + first / 2,
          out.ratios.data_ptr<std::int16_t>() + first / kGroup, scales);
  std::vector<std::int8_t> unpacked(static_cast<std::size_t>(kPanel * depth));
  unpack_panels(out, index, index + 1, unpacked.data());
  sum_channels(unpacked.data(), depth, sums);
}

}  // namespace

std::vector<PackedPart> packed_parts(WeightFormat format, std::int64_t outputs,
                                     std::int64_t inputs) {
  const std::int64_t panels = round_up(outputs, kPanel) / kPanel;
  const std::int64_t depth = round_up(inputs, kDepthUnit);
  if (format == WeightFormat::kBf16) {
    return {{"", at::kBFloat16, {panels, depth / 2, kPanel, 2}, &PackedMatrix::values}};
  }
  std::vector<PackedPart> parts;
  if (format == WeightFormat::kQ8) {
    parts.push_back({"", at::kChar, {panels, depth / 4, kPanel, 4}, &PackedMatrix::values});
  } else {
    parts.push_back({"", at::kByte, {panels, depth / 8, kPanel, 4}, &PackedMatrix::values});
    parts.push_back(
        {".ratios", at::kShort, {panels, depth / kGroup, kPanel}, &PackedMatrix::ratios});
  }
  parts.push_back({".scales", at::kFloat, {panels * kPanel}, &PackedMatrix::scales});
  parts.push_back({".sums", at::kInt, {panels * kPanel}, &PackedMatrix::sums});
  return parts;
}

PackedMatrix pack(const at::Tensor& weight, WeightFormat format) {
  PackedMatrix packed{format, weight.size(0), weight.size(1), {}, {}, {}, {}};
  for (const PackedPart& part : packed_parts(format, packed.outputs, packed.inputs)) {
    packed.*part.tensor = at::empty(part.shape, part.dtype);
  }
  tensor::parallel_tasks(packed.padded_outputs() / kPanel, [&](std::int64_t panel) {
    at::NoGradGuard no_grad;
    pack_panel(read_panel(weight, panel, packed.padded_inputs()), panel, packed);
  });
  return packed;
}

at::Tensor unpack(const PackedMatrix& matrix) {
  const std::int64_t depth = matrix.padded_inputs();
  const std::int64_t panels = matrix.padded_outputs() / kPanel;
  if (matrix.format == WeightFormat::kBf16) {
    return matrix.values.to(at::kFloat)
        .permute({0, 2, 1, 3})
        .reshape({panels * kPanel, depth})
        .narrow(0, 0, matrix.outputs)
        .narrow(1, 0, matrix.inputs)
        .contiguous();
  }
  at::Tensor bytes = matrix.values;
  if (matrix.format == WeightFormat::kQ4) {
    bytes = at::empty({panels, depth / 4, kPanel, 4}, at::kChar);
    unpack_panels(matrix, 0, panels, bytes.data_ptr<std::int8_t>());
  }
  const at::Tensor rows = bytes.permute({0, 2, 1, 3}).reshape({panels * kPanel, depth});
  return (rows.to(at::kFloat) * matrix.scales.unsqueeze(1))
      .narrow(0, 0, matrix.outputs)
      .narrow(1, 0, matrix.inputs)
      .contiguous();
}

void unpack_panels(const PackedMatrix& matrix, std::int64_t first, std::int64_t last,
                   std::int8_t* out) {
  const std::int64_t depth = matrix.padded_inputs();
  const std::uint8_t* values = matrix.values.data_ptr<std::uint8_t>();
  const std::int16_t* ratios = matrix.ratios.data_ptr<std::int16_t>();
  for (std::int64_t panel = first; panel < last; ++panel, out += kPanel * depth) {
    kernels::unpack_groups(values + panel * kPanel * depth / 2,
                           ratios + panel * kPanel * depth / kGroup, depth / kGroup, out);
  }
}

}  // namespace tess2::engine
