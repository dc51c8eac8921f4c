// Which of the three files a record belongs to: a function of what it is about alone, so that what
// is tested is never trained on, however many records are written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tess2::data::synth {

enum class Split { kTrain, kValidation, kTest };

/// "train", "validation", "test".
std::string_view split_name(Split split);

/// `text` in lower case, with single spaces and without the marks at its end.
std::string normalise(std::string_view text);

/// A hash (64-bit FNV-1a, then mixed) that is the same on every machine.
std::uint64_t stable_hash(std::string_view text);

/// Of all texts, one in 20 is for testing, one in 20 for validation; decided by the hash of the
/// normalised text.
Split split_of(std::string_view text);

}  // namespace tess2::data::synth
