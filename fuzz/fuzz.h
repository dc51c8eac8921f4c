// What a fuzz target offers and may use. A target is one file that defines LLVMFuzzerTestOneInput
// and, if it wants better starting points than an empty input, fuzz_seeds.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

/// Feeds one input to the code under test. Returns 0. Must not throw, crash or hang.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Valid inputs to start the mutations from; a target may leave it out.
__attribute__((weak)) std::vector<std::string> fuzz_seeds();

namespace tess2::fuzz {

/// The input as characters.
inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the program where a property of the code under test does not hold.
inline void require(bool holds, std::string_view property) {
  if (holds) return;
  std::cerr << "does not hold: " << property << std::endl;
  std::abort();
}

/// Runs `body`, which may refuse its input with an Error of one line, and with nothing else.
template <class Body>
void allow_errors(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    const std::string_view message = error.what();
    require(!message.empty() && message.find('\n') == std::string_view::npos,
            "an error message is one line");
  }
}

/// Where a target may keep files for as long as it needs them; no other process uses it.
inline std::filesystem::path scratch_folder() {
  return std::filesystem::temp_directory_path() / ("tess2_fuzz_" + std::to_string(getpid()));
}

}  // namespace tess2::fuzz
