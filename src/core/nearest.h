// Finds what a person most likely meant by a misspelled word.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tess2 {

/// Damerau-Levenshtein distance in bytes, in its "optimal string alignment" form: the fewest
/// insertions, deletions, replacements and swaps of neighbours (none of them edited again) that
/// turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known word nearest to `word`, the first of equals; empty where `known` is empty. A dotted
/// word (`optimizer.learning_rate`) is also compared by its last part.
std::string nearest(std::string_view word, std::span<const std::string> known);

/// ` (did you mean WORD?)`, ready to follow a message; empty where `known` is empty.
std::string nearest_hint(std::string_view word, std::span<const std::string> known);

}  // namespace tess2
