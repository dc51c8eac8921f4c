// Addition, subtraction and multiplication, with the steps that lead to the answer.
#include <algorithm>
#include <array>

#include "data/synth/phrase.h"
#include "data/synth/tasks.h"

namespace tess2::data::synth {
namespace {

/// A number of `min_digits` to `max_digits` digits, every number of digits with equal chance.
std::int64_t draw_number(const TaskSizes& sizes, Rng& rng) {
  std::int64_t bound = 10;
  for (auto more = rng.between(sizes.min_digits, sizes.max_digits) - 1; more > 0; --more) {
    bound *= 10;
  }
  return rng.between(bound == 10 ? 1 : bound / 10, bound - 1);
}

std::string sum(std::int64_t a, std::int64_t b) {
  return std::to_string(a) + " + " + std::to_string(b);
}

std::string difference(std::int64_t a, std::int64_t b) {
  return std::to_string(a) + " - " + std::to_string(b);
}

std::string product(std::int64_t a, std::int64_t b) {
  return std::to_string(a) + " x " + std::to_string(b);
}

std::string equation(const std::string& left, std::int64_t right) {
  return left + " = " + std::to_string(right) + ", ";
}

/// The columns from the right, each with what is carried into it.
std::string addition_steps(std::int64_t a, std::int64_t b) {
  std::string steps;
  std::int64_t carry = 0;
  for (; a > 0 || b > 0; a /= 10, b /= 10) {
    const std::int64_t column = a % 10 + b % 10 + carry;
    steps += equation(sum(a % 10, b % 10) + (carry > 0 ? " + 1" : ""), column);
    carry = column / 10;
  }
  return steps;
}

/// The columns from the right, each with what was borrowed from it; `a` is not below `b`.
std::string subtraction_steps(std::int64_t a, std::int64_t b) {
  std::string steps;
  std::int64_t borrowed = 0;
  for (; a > 0 || b > 0; a /= 10, b /= 10) {
    const std::int64_t less = b % 10 + borrowed;
    const std::int64_t top = a % 10 < less ? a % 10 + 10 : a % 10;
    steps += equation(difference(top, b % 10) + (borrowed > 0 ? " - 1" : ""), top - less);
    borrowed = top > 9 ? 1 : 0;
  }
  return steps;
}

/// `n` as a sum of its digits in their places, the highest first, zeros left out.
std::vector<std::int64_t> places(std::int64_t n) {
  std::vector<std::int64_t> parts;
  for (std::int64_t unit = 1; n > 0; unit *= 10, n /= 10) {
    if (n % 10 != 0) parts.push_back(n % 10 * unit);
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
}

/// One factor times each place of the one that has more, summed up as they come.
std::string multiplication_steps(std::int64_t a, std::int64_t b) {
  if (b < 10) std::swap(a, b);
  std::string steps;
  std::int64_t total = 0;
  for (const std::int64_t part : places(b)) {
    steps += equation(product(a, part), a * part);
    if (total > 0) steps += equation(sum(total, a * part), total + a * part);
    total += a * part;
  }
  return steps;
}

template <std::size_t N>
Instruction arithmetic_task(const std::array<std::string_view, N>& phrasings, std::int64_t a,
                            std::int64_t b, std::int64_t result, const std::string& steps,
                            Rng& rng) {
  Instruction task;
  // The order of the two does not make another problem.
  task.problem = std::to_string(std::min(a, b)) + " " + std::to_string(std::max(a, b));
  task.prompt =
      fill(rng.pick(phrasings), {{"left", std::to_string(a)}, {"right", std::to_string(b)}});
  task.answer = std::to_string(result);
  task.reply = steps + "answer " + task.answer;
  return task;
}

}  // namespace

Instruction draw_addition(const TaskSizes& sizes, Rng& rng) {
  static constexpr std::array<std::string_view, 4> kPhrasings{
      "What is {left} + {right}?", "Add {left} and {right}.", "{left} + {right} = ?",
      "Find the sum of {left} and {right}."};
  const auto a = draw_number(sizes, rng);
  const auto b = draw_number(sizes, rng);
  return arithmetic_task(kPhrasings, a, b, a + b, addition_steps(a, b), rng);
}

Instruction draw_subtraction(const TaskSizes& sizes, Rng& rng) {
  static constexpr std::array<std::string_view, 4> kPhrasings{
      "What is {left} - {right}?", "Subtract {right} from {left}.", "{left} - {right} = ?",
      "Take {right} away from {left}."};
  const auto first = draw_number(sizes, rng);
  const auto second = draw_number(sizes, rng);
  const auto [b, a] = std::minmax(first, second);
  return arithmetic_task(kPhrasings, a, b, a - b, subtraction_steps(a, b), rng);
}

Instruction draw_multiplication(const TaskSizes& sizes, Rng& rng) {
  static constexpr std::array<std::string_view, 4> kPhrasings{
      "What is {left} x {right}?", "Multiply {left} by {right}.", "{left} x {right} = ?",
      "Find the product of {left} and {right}."};
  const auto a = draw_number(sizes, rng);
  const auto b = draw_number(sizes, rng);
  return arithmetic_task(kPhrasings, a, b, a * b, multiplication_steps(a, b), rng);
}

}  // namespace tess2::data::synth
