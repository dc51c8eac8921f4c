#include <iostream>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/process.h"
#include "app/program.h"

int main(int argc, char** argv) {
  tess2::app::keep_freed_memory();
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return tess2::app::run_program(arguments, tess2::app::commands(), std::cout, std::cerr);
}
