// Checkers of instructions: the first line of the input as a prompt, the rest as the reply.
#include "data/synth/check.h"

#include <algorithm>

#include "data/synth/expression.h"
#include "fuzz.h"

using namespace tess2;
using namespace tess2::data::synth;

namespace {

// What a right reply has at least, found in another way than by the checker.
void require_substance(std::string_view task, const Attempt& attempt) {
  const std::string_view output = marked_answer(attempt.output);
  const auto is_digit = [](char c) { return c >= '1' && c <= '4'; };
  if (task == "sudoku") {
    fuzz::require(std::ranges::count_if(output, is_digit) == 16, "a solved grid has 16 digits");
  }
  if (task == "countdown") {
    const auto numbers = numbers_in(attempt.prompt);
    const auto used = numbers_in(output.substr(0, output.find('=')));
    fuzz::require(used.size() < numbers.size(), "only given numbers are used");
    for (const auto number : used) {
      fuzz::require(std::find(numbers.begin() + 1, numbers.end(), number) != numbers.end(),
                    "a used number is given");
    }
  }
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {"Make 71 from 4, 25, 9 and 3 with + - * /, each at most once.\nanswer (25 * 3) - 4 = 71",
          "Solve the sudoku: 1 2 3 4 / 3 4 _ _ / 2 1 4 3 / 4 3 2 1\n1234 3412 2143 4321",
          "Roads: A B, C B, D C, A E. Find the shortest path from A to D.\nA-B-C-D"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const Attempt attempt{.prompt = input.substr(0, end),
                        .answer = "1",
                        .output = input.substr(std::min(end + 1, input.size()))};
  for (const TaskFamily& family : task_families()) {
    fuzz::allow_errors([&] {
      if (check_answer(family.name, attempt)) require_substance(family.name, attempt);
    });
  }
  return 0;
}
