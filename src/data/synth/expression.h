// Integer expressions such as "(25 * 3) - 4".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tess2::data::synth {

struct IntegerExpression {
  std::int64_t value;
  std::vector<std::int64_t> numbers;  ///< that stand in it, in their order
};

/// Reads `text`: numbers without sign, + - * / ("x" means * too), parentheses and spaces; * and /
/// bind tighter, and equals go from left to right. Nothing where it is no such expression, divides
/// with a remainder or by zero anywhere, leaves 64 bits, or nests more than 64 deep.
std::optional<IntegerExpression> read_expression(std::string_view text);

/// The runs of digits in `text`, as numbers; those that leave 64 bits are left out.
std::vector<std::int64_t> numbers_in(std::string_view text);

}  // namespace tess2::data::synth
