// The keys and values of a run's context (diffusion/context_cache.h) as the packed engine uses
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "diffusion/context_cache.h"
#include "engine/operand.h"

namespace tess2::engine {

/// One prediction's use of a cache.
class KeptContext {
 public:
  /// For a canvas of `length` positions of which `live` (rising) are computed in any case.
  KeptContext(diffusion::ContextCache& cache, std::int64_t length, std::vector<std::int64_t> live,
              std::size_t blocks);

  /// Whether only live positions are computed; else all are, and their keys and values kept.
  bool reuses() const { return reuses_; }

  /// Keys and values of block i, in order of its positions: where they are those of the live
  /// positions alone, they become those of the whole canvas.
  void complete(std::size_t i, Rows16& keys, Rows16& values);

 private:
  void complete(at::Tensor& kept, Rows16& rows);
  Rows16 with_kept(const at::Tensor& kept, const Rows16& live_rows) const;
  void keep(at::Tensor& kept, const Rows16& rows);

  diffusion::ContextCache& cache_;
  std::int64_t length_;
  std::vector<std::int64_t> live_;
  bool reuses_;
};

}  // namespace tess2::engine
