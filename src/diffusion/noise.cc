#include "diffusion/noise.h"

#include <algorithm>

#include "core/error.h"
#include "core/random.h"

namespace tess2::diffusion {

void CounterNoise::fill(std::int64_t sequence, std::int64_t draw, std::int64_t position,
                        std::span<float> out, std::int64_t first) const {
  fill_normal(out, seeds_.at(static_cast<std::size_t>(sequence)), Stream::kNoise,
              static_cast<std::uint32_t>(draw), static_cast<std::uint32_t>(position),
              static_cast<std::uint32_t>(first));
}

GivenNoise::GivenNoise(const at::Tensor& values) : values_(values.contiguous()) {
  if (values.dim() != 4 || values.scalar_type() != at::kFloat) {
    throw Error("given noise: expected a float32 tensor [draws, B, L, V]");
  }
}

void GivenNoise::fill(std::int64_t sequence, std::int64_t draw, std::int64_t position,
                      std::span<float> out, std::int64_t first) const {
  const auto sizes = values_.sizes();
  if (draw >= sizes[0] || sequence >= sizes[1] || position >= sizes[2] ||
      first + static_cast<std::int64_t>(out.size()) > sizes[3]) {
    throw Error("given noise: asked for a place outside the tensor");
  }
  const float* row =
      values_.data_ptr<float>() + ((draw * sizes[1] + sequence) * sizes[2] + position) * sizes[3];
  std::copy_n(row + first, out.size(), out.begin());
}

}  // namespace tess2::diffusion
