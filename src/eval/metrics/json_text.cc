#include "eval/metrics/json_text.h"

namespace tess2::eval {
namespace {

constexpr int kMaxDepth = 900;

bool is_one_of(char32_t c, TextView set) {
  return set.find(c) != TextView::npos;
}

bool is_decimal(char32_t c) {
  return c >= U'0' && c <= U'9';
}

bool is_hexadecimal(char32_t c) {
  return is_decimal(c) || (c >= U'a' && c <= U'f') || (c >= U'A' && c <= U'F');
}

/// Takes JSON from the front of a text. Every function returns whether it could.
class Reader {
 public:
  explicit Reader(TextView text) : rest_(text) {}

  bool whole_value() {
    skip_space();
    if (!value(0)) return false;
    skip_space();
    return rest_.empty();
  }

 private:
  bool value(int depth) {
    if (rest_.empty() || depth > kMaxDepth) return false;
    if (rest_.front() == U'{') return list(U'}', depth, true);
    if (rest_.front() == U'[') return list(U']', depth, false);
    if (rest_.front() == U'"') return string();
    for (const TextView word : {TextView(U"true"), TextView(U"false"), TextView(U"null"),
                                TextView(U"NaN"), TextView(U"Infinity"), TextView(U"-Infinity")}) {
      if (take(word)) return true;
    }
    return number();
  }

  // An object or an array.
  bool list(char32_t end, int depth, bool keyed) {
    rest_.remove_prefix(1);
    skip_space();
    if (take({&end, 1})) return true;
    for (;;) {
      if (keyed && !key()) return false;
      skip_space();
      if (!value(depth + 1)) return false;
      skip_space();
      if (take({&end, 1})) return true;
      if (!take(U",")) return false;
      skip_space();
    }
  }

  bool key() {
    if (!rest_.starts_with(U'"') || !string()) return false;
    skip_space();
    return take(U":");
  }

  bool string() {
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char32_t c = rest_.front();
      rest_.remove_prefix(1);
      if (c == U'"') return true;
      if (c < U' ' || (c == U'\\' && !escape())) return false;
    }
    return false;
  }

  bool escape() {
    if (rest_.empty()) return false;
    const char32_t c = rest_.front();
    rest_.remove_prefix(1);
    if (c != U'u') return is_one_of(c, U"\"\\/bfnrt");
    for (int i = 0; i < 4; ++i) {
      if (rest_.empty() || !is_hexadecimal(rest_.front())) return false;
      rest_.remove_prefix(1);
    }
    return true;
  }

  bool number() {
    take(U"-");
    if (!take(U"0") && !digits()) return false;
    const TextView whole = rest_;
    if (!take(U".") || !digits()) rest_ = whole;
    const TextView mantissa = rest_;
    if (!(take(U"e") || take(U"E"))) return true;
    if (!take(U"+")) take(U"-");
    if (!digits()) rest_ = mantissa;
    return true;
  }

  bool digits() {
    const std::size_t before = rest_.size();
    while (!rest_.empty() && is_decimal(rest_.front())) rest_.remove_prefix(1);
    return rest_.size() < before;
  }

  bool take(TextView word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  void skip_space() {
    while (!rest_.empty() && is_one_of(rest_.front(), U" \t\n\r")) rest_.remove_prefix(1);
  }

  TextView rest_;
};

}  // namespace

bool is_json(TextView text) {
  return Reader(text).whole_value();
}

}  // namespace tess2::eval
