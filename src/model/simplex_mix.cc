#include "model/simplex_mix.h"

#include <algorithm>
#include <optional>

#include "diffusion/logit_rows.h"
#include "model/float_rows.h"
#include "tensor/buffer.h"
#include "tensor/half_product.h"
#include "tensor/parallel.h"

namespace tess2::model {
namespace {

using at::Tensor;
using diffusion::NoisySimplex;
using diffusion::SelfConditioning;
using tensor::Buffer;
using tensor::PackedHalf;
using tensor::StridedMatrix;

/// Bytes of a chunk's distributions.
constexpr std::int64_t kChunkBytes = std::int64_t{64} << 20;

/// p E in bfloat16 for chunks of rows, with E packed once.
class HalfMix {
 public:
  HalfMix(const Tensor& embedding, std::int64_t rows)
      : vocab_(embedding.size(0)),
        hidden_(embedding.size(1)),
        stride_(tensor::round_up(vocab_, tensor::kHalfDepth)),
        embedding_(vocab_, hidden_, StridedMatrix<float>{embedding.data_ptr<float>(), hidden_}),
        p_(rows * stride_) {}

  /// Writes rows [begin, begin + out.size(0)).
  void mix(const NoisySimplex& simplex, SelfConditioning self_conditioning, const Tensor& previous,
           std::int64_t begin, const Tensor& out) {
    const std::int64_t rows = out.size(0);
    const diffusion::LogitRows previous_rows(previous);
    tensor::parallel_tasks(rows, [&](std::int64_t i) {
      thread_local std::vector<float> p;
      p.resize(static_cast<std::size_t>(vocab_));
      diffusion::mix_row(simplex, begin + i, self_conditioning, previous_rows[i], p);
      Bf16* row = p_.data() + i * stride_;
      tensor::to_bf16(p.data(), vocab_, row);
      std::fill(row + vocab_, row + stride_, Bf16{0});
    });
    tensor::half_product({p_.data(), rows, vocab_, stride_}, embedding_,
                         tensor::store_float(out.data_ptr<float>(), hidden_));
  }

 private:
  std::int64_t vocab_, hidden_, stride_;
  PackedHalf embedding_;
  Buffer<Bf16> p_;
};

}  // namespace

Tensor mix_rows(const NoisySimplex& simplex, SelfConditioning self_conditioning,
                const PreviousLogits& previous, const Tensor& embedding, std::int64_t begin,
                std::int64_t end, at::ScalarType type) {
  const bool is_half = type == at::kBFloat16;
  const std::int64_t row_bytes = embedding.size(0) * (is_half ? 2 : 4);
  const std::int64_t chunk =
      std::max<std::int64_t>(1, std::min(kChunkBytes / row_bytes, end - begin));
  const Tensor mixed = at::empty({end - begin, embedding.size(1)}, at::kFloat);
  std::optional<HalfMix> half;
  if (is_half) half.emplace(embedding, chunk);
  for (std::int64_t first = begin; first < end; first += chunk) {
    const std::int64_t last = std::min(end, first + chunk);
    Tensor out = mixed.narrow(0, first - begin, last - first);
    const Tensor logits = previous(first, last);
    if (half) {
      half->mix(simplex, self_conditioning, logits, first, out);
    } else {
      out.copy_(
          diffusion::mix_embedding(simplex, self_conditioning, logits, embedding, first, last));
    }
  }
  return mixed;
}

}  // namespace tess2::model
