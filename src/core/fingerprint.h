// A short mark of some text, to tell whether it is the same as before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tess2 {

/// The 64-bit FNV-1a sum of the texts that were added: text by text, so that "ab" and "a", "b"
/// differ. Tells accidents apart, not intent.
class Fingerprint {
 public:
  void add(std::string_view text) {
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
    add_byte(kEnd);
  }
  /// 16 hexadecimal digits.
  std::string text() const;

 private:
  static constexpr std::uint64_t kEnd = 0x100;  // no byte

  void add_byte(std::uint64_t byte) { sum_ = (sum_ ^ byte) * 0x100000001b3; }

  std::uint64_t sum_ = 0xcbf29ce484222325;
};

}  // namespace tess2
