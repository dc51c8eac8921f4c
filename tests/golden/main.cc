// tess2_golden DIR [--keys]: compares this implementation with golden values of the reference.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

#include "golden/families.h"

int main(int argc, char** argv) {
  const bool show_keys = argc == 3 && std::string_view(argv[2]) == "--keys";
  if (argc != 2 && !show_keys) {
    std::cerr << "usage: tess2_golden DIR [--keys]\n"
                 "DIR holds diffusion/, reward/ and expected.safetensors.\n";
    return 2;
  }
  try {
    tess2::golden::Goldens goldens(argv[1]);
    const tess2::golden::Report report = goldens.compare();
    if (show_keys) report.print_keys(std::cout);
    return report.print(std::cout) ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::cerr << "tess2_golden: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
