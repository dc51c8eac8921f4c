#include "core/normal_kernel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/normal_kernel.cc"
// Highway compiles this file once a target.
#include <hwy/foreach_target.h>
// The order matters.
#include "core/philox.h"
#include "core/vector_math_inl.h"

HWY_BEFORE_NAMESPACE();
namespace tess2::HWY_NAMESPACE {

using philox4x32::kMultiplier0;
using philox4x32::kMultiplier1;

/// The normals of one block by the scalar formulas.
void one_block(float* out, std::uint32_t block, const CounterRow& row) {
  const auto x = philox4x32::random_words({block, row.position, row.step, row.stream},
                                          static_cast<std::uint32_t>(row.key),
                                          static_cast<std::uint32_t>(row.key >> 32));
  philox4x32::box_muller(x.x0, x.x1, out[0], out[1]);
  philox4x32::box_muller(x.x2, x.x3, out[2], out[3]);
}

#if HWY_TARGET != HWY_SCALAR

using Words = hn::ScalableTag<std::uint32_t>;
using WordVector = hn::Vec<Words>;
constexpr std::size_t kMaxWords = hn::MaxLanes(Words());

/// The keys of every round, each in all lanes.
struct RoundKeys {
  HWY_ALIGN std::uint32_t key0[philox4x32::kRounds][kMaxWords];
  HWY_ALIGN std::uint32_t key1[philox4x32::kRounds][kMaxWords];
};

void fill_keys(Words d, std::uint64_t key, RoundKeys& keys) {
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < philox4x32::kRounds; ++round) {
    hn::Store(hn::Set(d, key0), d, keys.key0[round]);
    hn::Store(hn::Set(d, key1), d, keys.key1[round]);
    key0 += philox4x32::kWeyl0;
    key1 += philox4x32::kWeyl1;
  }
}

/// Vectors that go side by side (vector_math_inl.h says why).
constexpr std::size_t kSide = 4;

/// Half a vector of counters: one in each even lane. What the odd lanes hold is never read.
struct State {
  WordVector x0, x1, x2, x3;
};

/// One round (K the round's key, M the multipliers):
///   x0, x1, x2, x3 <- hi(M1 x2) ^ x1 ^ K0, lo(M1 x2), hi(M0 x0) ^ x3 ^ K1, lo(M0 x0)
/// A product of 64 bits lies with its low word in the even lane already.
HWY_INLINE State next_round(Words d, const State& s, WordVector key0, WordVector key1) {
  const auto p0 = hn::MulEven(s.x0, hn::Set(d, kMultiplier0));
  const auto p1 = hn::MulEven(s.x2, hn::Set(d, kMultiplier1));
  const auto high0 = hn::BitCast(d, hn::ShiftRight<32>(p0));
  const auto high1 = hn::BitCast(d, hn::ShiftRight<32>(p1));
  return {hn::Xor3(high1, s.x1, key0), hn::BitCast(d, p1), hn::Xor3(high0, s.x3, key1),
          hn::BitCast(d, p0)};
}

/// z = sqrt(-2 ln u) (cos 2 pi v, sin 2 pi v), the bits of philox4x32::box_muller: no u has a
/// logarithm above 0. Stored in the order cos, sin: the lower pairs of each block of 128 bits of a
/// vector, then the upper ones.
HWY_INLINE void store_box_muller(const WordVector (&word_u)[kSide],
                                 const WordVector (&word_v)[kSide], float* out) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const auto cell = hn::Set(d, 0x1p-24f);
  hn::Vec<decltype(d)> u[kSide], v[kSide], log_u[kSide], cosine[kSide], sine[kSide];
  HWY_UNROLL(8)
  for (std::size_t k = 0; k < kSide; ++k) {
    const auto cells_u = hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<8>(word_u[k])));
    const auto cells_v = hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<8>(word_v[k])));
    u[k] = hn::MulAdd(cells_u, cell, hn::Set(d, 0x1p-25f));
    v[k] = hn::Mul(cells_v, cell);
  }
  log(d, u, log_u);
  sincos_turns(d, v, sine, cosine);
  HWY_UNROLL(8)
  for (std::size_t k = 0; k < kSide; ++k) {
    const auto radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0f), log_u[k]));
    const auto z0 = hn::Mul(radius, cosine[k]);
    const auto z1 = hn::Mul(radius, sine[k]);
    hn::StoreU(hn::InterleaveLower(d, z0, z1), d, out + 2 * k * hn::Lanes(d));
    hn::StoreU(hn::InterleaveUpper(d, z0, z1), d, out + (2 * k + 1) * hn::Lanes(d));
  }
}

/// The counters of the even lanes, less the first: block b of 128 bits holds b and b + Lanes / 4,
/// so that store_box_muller puts them in order.
HWY_INLINE WordVector counters(Words d) {
  const auto lane = hn::Iota(d, 0u);
  const auto upper = hn::TestBit(lane, hn::Set(d, 2u));
  const auto quarter = hn::Set(d, static_cast<std::uint32_t>(hn::Lanes(d) / 4));
  return hn::Add(hn::ShiftRight<2>(lane), hn::IfThenElseZero(upper, quarter));
}

/// Fills blocks in groups of kSide vectors; returns how many blocks.
std::size_t vectors_of_blocks(float* out, std::uint32_t first_block, std::size_t blocks,
                              const CounterRow& row) {
  const Words d;
  RoundKeys keys;
  fill_keys(d, row.key, keys);
  const State start{hn::Add(counters(d), hn::Set(d, first_block)), hn::Set(d, row.position),
                    hn::Set(d, row.step), hn::Set(d, row.stream)};
  const std::size_t step = hn::Lanes(d) / 2;
  std::size_t i = 0;
  for (; i + kSide * step <= blocks; i += kSide * step) {
    State s[kSide];
    WordVector u[kSide], v[kSide];
    HWY_UNROLL(8)
    for (std::size_t k = 0; k < kSide; ++k) {
      s[k] = start;
      s[k].x0 = hn::Add(s[k].x0, hn::Set(d, static_cast<std::uint32_t>(i + k * step)));
    }
    HWY_UNROLL(16)
    for (int round = 0; round < philox4x32::kRounds; ++round) {
      const auto key0 = hn::Load(d, keys.key0[round]);
      const auto key1 = hn::Load(d, keys.key1[round]);
      HWY_UNROLL(8)
      for (std::size_t k = 0; k < kSide; ++k) s[k] = next_round(d, s[k], key0, key1);
    }
    // Of a counter's words u0 v0 u1 v1 the second pair goes to the odd lane.
    HWY_UNROLL(8)
    for (std::size_t k = 0; k < kSide; ++k) {
      u[k] = hn::OddEven(hn::DupEven(s[k].x2), s[k].x0);
      v[k] = hn::OddEven(hn::DupEven(s[k].x3), s[k].x1);
    }
    store_box_muller(u, v, out + 4 * i);
  }
  return i;
}

#else

std::size_t vectors_of_blocks(float*, std::uint32_t, std::size_t, const CounterRow&) {
  return 0;
}

#endif

void normal_blocks_kernel(float* out, std::uint32_t first_block, std::size_t blocks,
                          const CounterRow& row) {
  std::size_t i = vectors_of_blocks(out, first_block, blocks, row);
  for (; i < blocks; ++i) {
    one_block(out + 4 * i, first_block + static_cast<std::uint32_t>(i), row);
  }
}

}  // namespace tess2::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tess2 {

HWY_EXPORT(normal_blocks_kernel);

void normal_blocks(float* out, std::uint32_t first_block, std::size_t blocks,
                   const CounterRow& row) {
  HWY_DYNAMIC_DISPATCH(normal_blocks_kernel)(out, first_block, blocks, row);
}

}  // namespace tess2
#endif
