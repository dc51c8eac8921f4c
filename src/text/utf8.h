// The little that the text layer needs to know of UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tess2::text {

/// What a byte that belongs to no character is shown as: U+FFFD.
inline constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";

/// Bytes of the valid character that `text` begins with (1 to 4), or 0 where there is none: a stray
/// or missing continuation byte, an overlong form, a surrogate, a value past U+10FFFF.
std::size_t utf8_length(std::string_view text);

/// True where `text` is valid UTF-8 from end to end.
bool is_utf8(std::string_view text);

/// `text` without white space at both ends; white space is what Unicode and Python call so.
std::string_view strip(std::string_view text);

/// `text` in double quotes, on one line, for messages: control characters and bytes that are not
/// UTF-8 are escaped, and what is past `max_length` bytes is cut.
std::string in_quotes(std::string_view text, std::size_t max_length = 80);

}  // namespace tess2::text
