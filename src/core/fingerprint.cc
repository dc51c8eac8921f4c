#include "core/fingerprint.h"

#include <array>
#include <cinttypes>
#include <cstdio>

namespace tess2 {

std::string Fingerprint::text() const {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016" PRIx64, sum_);
  return digits.data();
}

}  // namespace tess2
