#include "data/synth/expression.h"

#include <cctype>
#include <charconv>

namespace tess2::data::synth {
namespace {

using Value = std::optional<std::int64_t>;

constexpr int kMaxDepth = 64;

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

std::string_view leading_digits(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is_digit(text[size])) ++size;
  return text.substr(0, size);
}

Value number_of(std::string_view digits) {
  std::int64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return read.ec == std::errc() ? Value(number) : std::nullopt;
}

Value apply(char operation, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  switch (operation) {
    case '+':
      return __builtin_add_overflow(a, b, &result) ? std::nullopt : Value(result);
    case '-':
      return __builtin_sub_overflow(a, b, &result) ? std::nullopt : Value(result);
    case '/':
      if (b == -1) return apply('-', 0, a);  // -2^63 / -1 leaves 64 bits
      if (b == 0 || a % b != 0) return std::nullopt;
      return a / b;
    default:
      return __builtin_mul_overflow(a, b, &result) ? std::nullopt : Value(result);
  }
}

/// Recursive descent: sum = product {+- product}, product = operand {*/ operand},
/// operand = number or "(" sum ")".
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Value sum() {
    Value value = product();
    while (value) {
      const char operation = accept("+-");
      if (operation == 0) break;
      value = joined(operation, value, product());
    }
    return value;
  }
  bool finished() {
    skip_spaces();
    return rest_.empty();
  }
  std::vector<std::int64_t>& numbers() { return numbers_; }

 private:
  static Value joined(char operation, Value a, Value b) {
    return b ? apply(operation, *a, *b) : std::nullopt;
  }

  void skip_spaces() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_[0])) != 0) {
      rest_.remove_prefix(1);
    }
  }

  /// The next character where it is one of `wanted`, which is then passed; else 0.
  char accept(std::string_view wanted) {
    skip_spaces();
    if (rest_.empty() || wanted.find(rest_[0]) == std::string_view::npos) return 0;
    const char found = rest_[0];
    rest_.remove_prefix(1);
    return found;
  }

  Value product() {
    Value value = operand();
    while (value) {
      const char operation = accept("*/x");
      if (operation == 0) break;
      value = joined(operation, value, operand());
    }
    return value;
  }

  Value operand() {
    if (accept("(") != 0) return in_parentheses();
    const auto digits = leading_digits(rest_);
    const Value number = number_of(digits);
    if (!number) return std::nullopt;
    rest_.remove_prefix(digits.size());
    numbers_.push_back(*number);
    return number;
  }

  Value in_parentheses() {
    if (depth_ == kMaxDepth) return std::nullopt;
    ++depth_;
    const Value value = sum();
    --depth_;
    return accept(")") != 0 ? value : std::nullopt;
  }

  std::string_view rest_;
  std::vector<std::int64_t> numbers_;
  int depth_ = 0;
};

}  // namespace

std::optional<IntegerExpression> read_expression(std::string_view text) {
  Reader reader(text);
  const Value value = reader.sum();
  if (!value || !reader.finished()) return std::nullopt;
  return IntegerExpression{*value, std::move(reader.numbers())};
}

std::vector<std::int64_t> numbers_in(std::string_view text) {
  std::vector<std::int64_t> numbers;
  while (!text.empty()) {
    const auto digits = leading_digits(text);
    if (const Value number = number_of(digits)) numbers.push_back(*number);
    text.remove_prefix(digits.empty() ? 1 : digits.size());
  }
  return numbers;
}

}  // namespace tess2::data::synth
