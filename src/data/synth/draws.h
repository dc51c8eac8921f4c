// Draws that several families share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"

namespace tess2::data::synth {

/// `count` <= `bound` different numbers below `bound`, in random order.
std::vector<std::size_t> draw_different(std::size_t count, std::size_t bound, Rng& rng);

/// Different words for a list: 2 to `max_words` of them.
std::vector<std::string> draw_word_list(std::int64_t max_words, Rng& rng);

}  // namespace tess2::data::synth
