// Boolean expressions. A part that is itself made of two parts stands in parentheses, so that no
// rule of precedence is needed; "not" belongs to the value or the parenthesis after it.
#include <array>

#include "data/synth/phrase.h"
#include "data/synth/tasks.h"

namespace tess2::data::synth {
namespace {

struct Expression {
  std::string text;
  bool value;
};

constexpr double kNotChance = 0.3;

std::string word(bool value) {
  return value ? "true" : "false";
}

/// `expression` as a part of a larger one, at times with "not" before it.
Expression as_part(Expression expression, bool compound, Rng& rng) {
  if (compound) expression.text = "(" + expression.text + ")";
  if (!rng.chance(kNotChance)) return expression;
  return {"not " + expression.text, !expression.value};
}

/// A random tree with `terms` leaves.
Expression draw_expression(std::int64_t terms, Rng& rng) {
  if (terms == 1) {
    const bool value = rng.chance(0.5);
    return {word(value), value};
  }
  const std::int64_t left_terms = rng.between(1, terms - 1);
  const std::int64_t right_terms = terms - left_terms;
  const Expression left = as_part(draw_expression(left_terms, rng), left_terms > 1, rng);
  const Expression right = as_part(draw_expression(right_terms, rng), right_terms > 1, rng);
  if (rng.chance(0.5)) return {left.text + " and " + right.text, left.value && right.value};
  return {left.text + " or " + right.text, left.value || right.value};
}

}  // namespace

Instruction draw_boolean(const TaskSizes& sizes, Rng& rng) {
  static constexpr std::array<std::string_view, 4> kPhrasings{
      "Is this true or false: {expression}", "What is {expression}?",
      "Find the value: {expression}", "True or false? {expression}"};
  const Expression expression = draw_expression(rng.between(2, sizes.max_terms), rng);
  Instruction task;
  task.problem = expression.text;
  task.prompt = fill(rng.pick(kPhrasings), {{"expression", expression.text}});
  task.answer = word(expression.value);
  task.reply = task.answer;
  return task;
}

}  // namespace tess2::data::synth
