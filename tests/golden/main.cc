// tess2_golden DIR [--strict] [--keys]: compares this implementation with golden values of the
// reference.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>
#include <vector>

#include "golden/families.h"

namespace {

constexpr std::string_view kUsage =
    "usage: tess2_golden DIR [--strict] [--keys]\n"
    "DIR holds diffusion/, reward/ and expected.safetensors.\n"
    "Fails past a relative error of 1e-4 and on any token that differs, except where the run "
    "itself\n"
    "shows that rounding decides the result; --strict fails there too. --keys lists every key.\n";

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const auto take = [&](std::string_view option) { return std::erase(arguments, option) > 0; };
  const bool strict = take("--strict");
  const bool show_keys = take("--keys");
  if (arguments.size() != 1 || arguments[0].starts_with("-")) {
    std::cerr << kUsage;
    return 2;
  }
  try {
    const auto report = tess2::golden::Goldens(arguments[0], strict).compare();
    if (show_keys) report.print_keys(std::cout);
    return report.print(std::cout) ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::cerr << "tess2_golden: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
