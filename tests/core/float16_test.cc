#include "core/float16.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"
#include "support/vector_targets.h"

namespace tess2 {
namespace {

/// The value of finite float16 bits, from the definition.
double value_of(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int digits = bits & 1023;
  const double size =
      exponent == 0 ? std::ldexp(digits, -24) : std::ldexp(1024 + digits, exponent - 25);
  return bits >> 15 ? -size : size;
}

std::vector<Float16> finite_halves() {
  std::vector<Float16> all;
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    if ((bits >> 10 & 31) != 31) all.push_back({static_cast<std::uint16_t>(bits)});
  }
  return all;
}

std::uint16_t half_of(float value) {
  Float16 half;
  to_float16({&value, 1}, {&half, 1});
  return half.bits;
}

TEST(Float16, EveryFiniteNumberGoesThereAndBack) {
  const std::vector<Float16> halves = finite_halves();
  testing::for_each_target([&] {
    std::vector<float> floats(halves.size());
    std::vector<Float16> back(halves.size());
    to_float32(halves, floats);
    to_float16(floats, back);
    int wrong = 0;
    for (std::size_t i = 0; i < halves.size(); ++i) {
      wrong += floats[i] != static_cast<float>(value_of(halves[i].bits));
      wrong += back[i].bits != (halves[i].bits == 0x8000 ? 0 : halves[i].bits);
    }
    EXPECT_EQ(wrong, 0);
  });
}

TEST(Float16, RoundsToTheNearestAndTiesToEven) {
  testing::for_each_target([] {
    int wrong = 0;
    for (std::uint16_t bits = 0; bits < 0x7bff; ++bits) {
      const double low = value_of(bits);
      const double high = value_of(static_cast<std::uint16_t>(bits + 1));
      const auto between = static_cast<float>((low + high) / 2);  // exact
      wrong += half_of(between) != bits + bits % 2;
      wrong += half_of(std::nextafter(between, 0.0f)) != bits;
      wrong += half_of(std::nextafter(between, 1e9f)) != bits + 1;
      wrong += half_of(-between) != (bits == 0 ? 0 : 0x8000 | (bits + bits % 2));
    }
    EXPECT_EQ(wrong, 0);
  });
}

TEST(Float16, WhatIsTooLargeIsTheLargest) {
  testing::for_each_target([] {
    for (const float value :
         {65504.0f, 65519.0f, 65520.0f, 1e9f, std::numeric_limits<float>::infinity()}) {
      EXPECT_EQ(half_of(value), 0x7bff) << value;
      EXPECT_EQ(half_of(-value), 0xfbff) << value;
    }
  });
}

TEST(Float16, AnyLengthIsConvertedAndNothingBeyondIt) {
  testing::for_each_target([] {
    for (std::size_t n = 0; n < 70; ++n) {
      std::vector<float> values(n + 1, 2.0f);
      std::vector<Float16> halves(n + 1, Float16{0x1234});
      to_float16({values.data(), n}, {halves.data(), n});
      std::vector<float> back(n + 1, 7.0f);
      to_float32({halves.data(), n}, {back.data(), n});
      for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(back[i], 2.0f);
      EXPECT_EQ(halves[n].bits, 0x1234);
      EXPECT_EQ(back[n], 7.0f);
    }
  });
}

}  // namespace
}  // namespace tess2
