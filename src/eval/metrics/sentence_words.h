// Words that decide where sentences end, as the official splitter knows them from the newspaper
// text it was trained on. `word` is in lower case and without the full stop that ends a sentence.
#pragma once

#include "eval/metrics/unicode.h"

namespace tess2::eval {

/// Words whose full stop belongs to them. "etc", "e.g" and "i.e" are none.
bool is_abbreviation(TextView word);

/// Words that, with a capital letter, begin a sentence after an abbreviation or an ellipsis.
bool is_frequent_starter(TextView word);

/// Words that follow a number and its full stop without a sentence between ("1. Who").
bool follows_number(TextView word);

/// Common words that the training text has with a small letter, and with a capital one only where a
/// sentence begins. The official list has 12 thousand words; this one has those that often begin a
/// sentence.
bool is_small_inside_sentences(TextView word);

/// Words that the training text has with a small letter at all: names are not among them. Common
/// ones are listed, others are told by their endings.
bool is_ever_small(TextView word);

}  // namespace tess2::eval
