// Deterministic mutations for the fuzz driver.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/random.h"

namespace tess2::fuzz {

/// One of `seeds` (not empty), changed in one to eight places; at most `max_size` bytes long.
std::string mutate(const std::vector<std::string>& seeds, std::size_t max_size, Rng& rng);

}  // namespace tess2::fuzz
