// Finds the pieces of a byte-pair vocabulary: the neighbours that stand together most often become
// one piece, again and again (Sennrich et al., ACL 2016).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tess2::text {

/// How often each word stands in the texts. Pieces never reach across words.
using WordCounts = std::map<std::string, std::int64_t, std::less<>>;

/// Counts the words of `line`, spaces written '▁': letters, marks and digits make words of their
/// own, a digit each; a '▁' belongs to the word that follows, digits excepted.
void count_words(std::string_view line, WordCounts& counts);

/// Up to `limit` pieces of two characters or more, in the order they were made. Of pairs that stand
/// together equally often the one that comes first as text is taken.
std::vector<std::string> train_byte_pairs(const WordCounts& counts, std::size_t limit);

}  // namespace tess2::text
