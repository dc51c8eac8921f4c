// tess2_golden DIR: compares this implementation with golden values of the reference.
#include <cstdlib>
#include <exception>
#include <iostream>

#include "golden/families.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: tess2_golden DIR\n"
                 "DIR holds diffusion/, reward/ and expected.safetensors.\n";
    return 2;
  }
  try {
    tess2::golden::Goldens goldens(argv[1]);
    return goldens.compare().print(std::cout) ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::cerr << "tess2_golden: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
