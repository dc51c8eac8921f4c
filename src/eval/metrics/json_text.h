// Which texts Python's `json.loads` reads.
#pragma once

#include "eval/metrics/unicode.h"

namespace tess2::eval {

/// Whether `text` is one JSON value, white space around it allowed. As in Python, NaN, Infinity and
/// -Infinity are numbers, and a number may be as large as it likes. What is nested deeper than
/// Python reads is none.
bool is_json(TextView text);

}  // namespace tess2::eval
