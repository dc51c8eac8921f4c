// Counter-based random numbers: a value depends on its key and its place alone, never on what was
// drawn before, on threads or on the batch it sits in. So a run can be repeated, split and
// replayed.
//
// Generator: Philox4x32-10 (Salmon et al., SC 2011, "Parallel random numbers: as easy as 1, 2, 3").
// Normals: Box-Muller on 24-bit uniforms, with the project's own log, sqrt and sin/cos, so that
// every machine gives the same bits.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace tess2 {

/// What a stream of random numbers is for. Streams with one seed never share a counter.
enum class Stream : std::uint32_t {
  kNoise = 1,          ///< the noise of the simplex (section 1)
  kProjection = 2,     ///< the draw of a token from the nucleus (section 4, step 2)
  kTimestep = 3,       ///< t of a training sequence (section 3, step 1)
  kSelfCondition = 4,  ///< whether a micro-batch predicts twice (section 3, step 2)
  kSpanMask = 5,       ///< masks of a training batch (section 3)
  kShuffle = 6,        ///< order of training data
  kInitialise = 7,     ///< fresh weights
  kSynthetic = 8,      ///< the synthetic world and tasks
  kGenerate = 9,       ///< autoregressive sampling
  kGuidance = 10,      ///< Gumbel noise and hard samples of guidance (section 5)
  kMixture = 11,       ///< which source of a mixture gives the next example
  kDropout = 12,       ///< what low-rank adapters do not see of their input in training
  kResample = 13,      ///< texts drawn again for an interval (bootstrap)
};

/// Philox4x32-10: four random words from a 128-bit counter and a 64-bit key.
std::array<std::uint32_t, 4> philox(const std::array<std::uint32_t, 4>& counter, std::uint64_t key);

/// out[i] = standard normal number (seed, stream, step, position, first + i).
/// `first` and `first + out.size()` are below 2^32.
void fill_normal(std::span<float> out, std::uint64_t seed, Stream stream, std::uint32_t step,
                 std::uint32_t position, std::uint32_t first = 0);

/// A uniform number in [0, 1) with 53 bits, of the place (seed, stream, step, position).
double uniform_at(std::uint64_t seed, Stream stream, std::uint32_t step, std::uint32_t position);

/// A seed of its own for the part `index` of a job, far from its neighbours'.
std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t index);

/// Sequential draws for code that takes one number after another (synthesis, masks, shuffles).
/// The same (seed, stream, substream) always gives the same sequence.
class Rng {
 public:
  Rng(std::uint64_t seed, Stream stream, std::uint64_t substream = 0);

  /// 32 uniform bits.
  std::uint32_t next();
  /// Uniform integer in [0, bound); bound >= 1. Unbiased.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform integer in [low, high], both included.
  std::int64_t between(std::int64_t low, std::int64_t high);
  /// Uniform in [0, 1).
  double uniform();
  /// Standard normal.
  float normal();
  /// True with the given probability.
  bool chance(double probability) { return uniform() < probability; }

  /// Fisher-Yates; in place.
  template <class Container>
  void shuffle(Container& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }
  /// A reference to one element, uniformly; `items` is not empty.
  template <class Container>
  const auto& pick(const Container& items) {
    return items[below(items.size())];
  }

  /// Number of words drawn so far; restoring it with `seek` continues the sequence there.
  std::uint64_t position() const { return position_; }
  void seek(std::uint64_t position) { position_ = position; }

 private:
  std::uint64_t key_;
  std::uint64_t position_ = 0;
  std::uint32_t stream_;
  std::uint32_t substream_;
};

}  // namespace tess2
