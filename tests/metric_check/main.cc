// tess2_metric_check FILE... [--prompts FILE]: compares our metrics with official ones.
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <vector>

#include "metric_check/forms.h"

namespace {

constexpr std::string_view kUsage =
    "usage: tess2_metric_check FILE... [--prompts FILE]\n"
    "FILE is a JSON list of rows with official values of IFEval, SQuAD, GSM8K or BBH; which of\n"
    "them, the rows tell. --prompts names the JSON lines that have the arguments of IFEval's\n"
    "instructions; unless given it is data/ifeval/input_data.jsonl in the folder TESS2_SHARED,\n"
    "or where that is not set in ../shared or two folders above the first FILE.\n"
    "Exits with 1 where a value differs or a file cannot be read.\n";

// Where `first` lies in a folder of shared values, its prompts are at hand too.
std::filesystem::path default_prompts(const std::filesystem::path& first) {
  const std::filesystem::path inside = "data/ifeval/input_data.jsonl";
  const char* named = std::getenv("TESS2_SHARED");
  if (named != nullptr && *named != '\0') return named / inside;
  const std::filesystem::path beside = first.parent_path() / "../.." / inside;
  const std::filesystem::path usual = "../shared" / inside;
  return !exists(usual) && exists(beside) ? beside : usual;
}

struct Command {
  std::vector<std::filesystem::path> files;
  std::filesystem::path prompts;
};

// False where the arguments make no sense.
bool parse(const std::vector<std::string_view>& arguments, Command& command) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--prompts" && i + 1 < arguments.size()) {
      command.prompts = arguments[++i];
    } else if (arguments[i].starts_with("-")) {
      return false;
    } else {
      command.files.emplace_back(arguments[i]);
    }
  }
  if (command.files.empty()) return false;
  if (command.prompts.empty()) command.prompts = default_prompts(command.files.front());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Command command;
  if (!parse({argv + 1, argv + argc}, command)) {
    std::cerr << kUsage;
    return 2;
  }
  try {
    tess2::metric_check::Prompts prompts(command.prompts);
    tess2::metric_check::Tally tally;
    for (const auto& file : command.files) {
      tess2::metric_check::check_file(file, prompts, tally);
    }
    tally.print(std::cout);
    return tally.all_agree() ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::cerr << "tess2_metric_check: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
