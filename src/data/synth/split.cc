#include "data/synth/split.h"

#include <cctype>

#include "data/synth/phrase.h"

namespace tess2::data::synth {

std::string_view split_name(Split split) {
  switch (split) {
    case Split::kValidation:
      return "validation";
    case Split::kTest:
      return "test";
    case Split::kTrain:
      break;
  }
  return "train";
}

std::string normalise(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n.?!:");
  std::string lower(text.substr(0, end == std::string_view::npos ? 0 : end + 1));
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return join(split_words(lower));
}

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  // FNV's low bits depend on few of the text's bits: mix before taking a remainder.
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdu;
  return hash ^ (hash >> 33);
}

Split split_of(std::string_view text) {
  switch (stable_hash(normalise(text)) % 20) {
    case 0:
      return Split::kTest;
    case 1:
      return Split::kValidation;
    default:
      return Split::kTrain;
  }
}

}  // namespace tess2::data::synth
