#include "engine/kept_context.h"
#include "tensor/bf16.h"

#include <algorithm>
#include <utility>

namespace tess2::engine {
namespace {

using kernels::Bf16;

Bf16* row_of(const at::Tensor& kept, std::int64_t position) {
  return reinterpret_cast<Bf16*>(kept.data_ptr<at::BFloat16>()) + position * kept.size(1);
}

struct Moved {
  double squared_distance = 0.0;
  double squared_norm = 0.0;
};

/// Of one row.
Moved moved(const Bf16* before, const Bf16* now, std::int64_t n) {
  std::vector<float> a(static_cast<std::size_t>(n)), b(a.size());
  tensor::from_bf16(before, n, a.data());
  tensor::from_bf16(now, n, b.data());
  float distance = 0.0f, norm = 0.0f;
  for (std::size_t i = 0; i < a.size(); ++i) {
    distance += (b[i] - a[i]) * (b[i] - a[i]);
    norm += b[i] * b[i];
  }
  return {distance, norm};
}

}  // namespace

KeptContext::KeptContext(diffusion::ContextCache& cache, std::int64_t length,
                         std::vector<std::int64_t> live, std::size_t blocks)
    : cache_(cache), length_(length), live_(std::move(live)) {
  const bool holds = cache_.holds(length_, live_);
  reuses_ = holds && cache_.reuse;
  if (!holds) cache_.start(length_, live_, blocks);
}

void KeptContext::complete(std::size_t i, Rows16& keys, Rows16& values) {
  diffusion::ContextCache::Block& block = cache_.block(i);
  complete(block.keys, keys);
  complete(block.values, values);
}

void KeptContext::complete(at::Tensor& kept, Rows16& rows) {
  if (reuses_) {
    rows = with_kept(kept, rows);
  } else {
    keep(kept, rows);
  }
}

Rows16 KeptContext::with_kept(const at::Tensor& kept, const Rows16& live_rows) const {
  Rows16 all = make_rows16(length_, live_rows.columns);
  // What is kept at live positions was never written.
  auto live = live_.begin();
  for (std::int64_t l = 0; l < length_; ++l) {
    const bool is_live = live != live_.end() && *live == l;
    const Bf16* from = is_live ? live_rows.row(live++ - live_.begin()) : row_of(kept, l);
    std::copy_n(from, all.columns, all.row(l));
  }
  return all;
}

void KeptContext::keep(at::Tensor& kept, const Rows16& rows) {
  const bool compares = kept.defined();
  if (!compares) kept = at::empty({length_, rows.columns}, at::kBFloat16);
  auto live = live_.begin();
  for (std::int64_t l = 0; l < length_; ++l) {
    if (live != live_.end() && *live == l) {
      ++live;
      continue;
    }
    if (compares) {
      const Moved by = moved(row_of(kept, l), rows.row(l), rows.columns);
      cache_.note_renewal(by.squared_distance, by.squared_norm);
    }
    std::copy_n(rows.row(l), rows.columns, row_of(kept, l));
  }
}

}  // namespace tess2::engine
