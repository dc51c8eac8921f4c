// Sentences and words, counted as the official IFEval metrics count them: with the English sentence
// splitter of Kiss and Strunk (Computational Linguistics 32, 2006) as NLTK has it, and with NLTK's
// word splitter.
#pragma once

#include <cstddef>
#include <vector>

#include "eval/metrics/unicode.h"

namespace tess2::eval {

/// The sentences of `text`, closing quotes and brackets with the sentence that they close. A "." of
/// an abbreviation, an initial or an ellipsis ends a sentence only where the next word shows it;
/// which words show it is known for the common ones (sentence_words.h).
std::vector<TextView> split_sentences(TextView text);

/// The words and marks of one sentence: quotes, brackets, punctuation and English clitics stand on
/// their own ("can't" is "ca" and "n't", "cannot" is "can" and "not").
std::vector<Text> split_tokens(TextView sentence);

/// How many runs of word characters `text` has: "it's" counts two.
std::size_t count_words(TextView text);

}  // namespace tess2::eval
