// An evaluation as text, for people and for programs.
#pragma once

#include <string>

#include "eval/accuracy.h"

namespace tess2::eval {

/// A table with a line for each task and one for all, the mean steps of a reply last; then mean
/// reward and time.
std::string table_text(const Summary& summary);

/// `accuracy TAB low TAB high TAB mean_reward TAB seconds TAB steps` and a newline: rates in [0,
/// 1],
/// `-` for no reward, the mean steps of a reply.
std::string summary_line(const Summary& summary);

/// One JSON object and a newline: line of the question, task, prompt, answer, reply, right, reward
/// (null without a reward model), seed and steps. Bytes that are not UTF-8 become U+FFFD.
std::string json_line(const Outcome& outcome);

}  // namespace tess2::eval
