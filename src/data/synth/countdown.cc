// Countdown: reach a number with others and + - * /. Every operation stands in parentheses where it
// is a part of another, so that no rule of precedence is needed.
#include <algorithm>
#include <array>

#include "core/error.h"
#include "data/synth/check.h"
#include "data/synth/expression.h"
#include "data/synth/phrase.h"
#include "data/synth/split.h"
#include "data/synth/tasks.h"

namespace tess2::data::synth {
namespace {

using Numbers = std::vector<std::int64_t>;

/// A number that is at hand, and how it came about.
struct Part {
  std::int64_t value;
  std::string text;
  bool compound = false;
};

struct Problem {
  std::int64_t target;
  Numbers given;     ///< sorted
  bool all = false;  ///< each of them must be used
};

struct Solution {
  std::int64_t value;
  std::string expression;
  std::string steps;  ///< "25 * 3 = 75, 75 - 4 = 71, "
};

std::string in_context(const Part& part) {
  return part.compound ? "(" + part.text + ")" : part.text;
}

std::string operation_text(const std::string& left, char operation, const std::string& right) {
  return left + " " + operation + " " + right;
}

/// Operations that make a new whole number from `a` >= `b`, positive and at most `limit`; there is
/// always one, for what cannot be subtracted is equal and can be divided or is 1 + 1.
std::string useful_operations(std::int64_t a, std::int64_t b, std::int64_t limit) {
  std::string useful;
  if (a + b <= limit) useful += '+';
  if (a > b) useful += '-';
  if (b > 1 && a * b <= limit) useful += '*';
  if (b > 1 && a % b == 0) useful += '/';
  return useful;
}

std::int64_t result_of(std::int64_t a, char operation, std::int64_t b) {
  switch (operation) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default:
      return a / b;
  }
}

/// Takes the last two parts, joins them, and returns the step.
std::string join_two(std::vector<Part>& parts, std::int64_t limit, Rng& rng) {
  Part left = std::move(parts.back());
  parts.pop_back();
  Part right = std::move(parts.back());
  parts.pop_back();
  if (left.value < right.value) std::swap(left, right);
  const char operation = rng.pick(useful_operations(left.value, right.value, limit));
  const std::int64_t value = result_of(left.value, operation, right.value);
  parts.push_back({value, operation_text(in_context(left), operation, in_context(right)), true});
  return operation_text(std::to_string(left.value), operation, std::to_string(right.value)) +
         " = " + std::to_string(value) + ", ";
}

/// What the first `used` of the numbers come to in random operations, none above `limit`.
Solution combine(const Numbers& numbers, std::size_t used, std::int64_t limit, Rng& rng) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < used; ++i) {
    parts.push_back({numbers[i], std::to_string(numbers[i])});
  }
  std::string steps;
  while (parts.size() > 1) {
    rng.shuffle(parts);
    steps += join_two(parts, limit, rng);
  }
  return {parts[0].value, std::move(parts[0].text), std::move(steps)};
}

Numbers draw_numbers(const TaskSizes& sizes, Rng& rng) {
  Numbers numbers(static_cast<std::size_t>(rng.between(3, sizes.max_numbers)));
  for (auto& number : numbers) number = rng.between(1, sizes.max_number);
  return numbers;
}

std::vector<std::string> texts_of(const Numbers& numbers) {
  std::vector<std::string> texts;
  for (const auto number : numbers) texts.push_back(std::to_string(number));
  return texts;
}

std::string ask(const Numbers& numbers, std::int64_t target, bool all, Rng& rng) {
  static constexpr std::array<std::string_view, 3> kSome{
      "Make {target} from {numbers} with + - * /, each at most once.",
      "Reach {target} with + - * / and some of {numbers}, each at most once.",
      "Find a way to get {target} with + - * / from {numbers}. Use a number at most once."};
  static constexpr std::array<std::string_view, 3> kAll{
      "Make {target} from all of {numbers} with + - * /, each once.",
      "Reach {target} with + - * / and all of {numbers}, each once.",
      "Find a way to get {target} with + - * / from {numbers}. Use all numbers once."};
  return fill(rng.pick(all ? kAll : kSome),
              {{"target", std::to_string(target)}, {"numbers", enumerate(texts_of(numbers))}});
}

/// The first number of a prompt is the target.
Problem read_problem(std::string_view prompt) {
  Numbers numbers = numbers_in(prompt);
  if (numbers.size() < 2) throw Error("countdown: expected a prompt with a target and numbers");
  Problem problem{numbers[0], {numbers.begin() + 1, numbers.end()}};
  std::ranges::sort(problem.given);
  const auto words = split_words(normalise(prompt));
  problem.all = std::ranges::find(words, "all") != words.end();
  return problem;
}

bool may_use(const Problem& problem, Numbers numbers) {
  std::ranges::sort(numbers);
  return problem.all ? numbers == problem.given : std::ranges::includes(problem.given, numbers);
}

}  // namespace

Instruction draw_countdown(const TaskSizes& sizes, Rng& rng) {
  const bool all = rng.chance(0.5);
  Numbers numbers;
  Solution solution;
  do {  // A target that is given needs no operation.
    numbers = draw_numbers(sizes, rng);
    const auto used = all ? numbers.size() : 2 + rng.below(numbers.size() - 1);
    solution = combine(numbers, used, sizes.max_target, rng);
  } while (std::ranges::find(numbers, solution.value) != numbers.end());
  rng.shuffle(numbers);
  Instruction task;
  task.prompt = ask(numbers, solution.value, all, rng);
  task.answer = std::move(solution.expression);
  task.reply = solution.steps + "answer " + task.answer;
  // Neither the order of the numbers nor how many must be used makes another problem.
  std::ranges::sort(numbers);
  task.problem = join(texts_of(numbers)) + " to " + std::to_string(solution.value);
  return task;
}

bool reaches_target(const Attempt& attempt) {
  const Problem problem = read_problem(attempt.prompt);
  const std::string text = normalise(marked_answer(attempt.output));
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos) {
    const auto claimed = read_expression(std::string_view(text).substr(equals + 1));
    if (!claimed || claimed->value != problem.target) return false;
  }
  const auto found = read_expression(std::string_view(text).substr(0, equals));
  return found && found->value == problem.target && may_use(problem, found->numbers);
}

}  // namespace tess2::data::synth
