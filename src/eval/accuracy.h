// How many instructions a model answers rightly, and what a reward model thinks of its replies.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eval/answerer.h"
#include "eval/questions.h"
#include "model/reward_model.h"
#include "text/tokenizer.h"

namespace tess2::eval {

/// One question, answered and judged.
struct Outcome {
  Question question;
  Reply reply;
  std::uint64_t seed = 0;  ///< with it the reply can be had again (prompt_seed)
  bool right = false;
  std::optional<double> reward = std::nullopt;
};

struct Interval {
  double low = 0.0;
  double high = 1.0;
};

/// Where the true rate lies with 95 % confidence when `rate`, in [0, 1], was found in `count` > 0
/// independent tries, after Wilson (JASA 1927).
Interval wilson_interval(double rate, double count);

/// Right answers among some.
struct Share {
  std::int64_t right = 0;
  std::int64_t total = 0;

  /// In [0, 1]; 0 of none.
  double rate() const;
  /// wilson_interval; [0, 1] of none.
  Interval interval() const;
};

/// The replies to some questions.
struct Score {
  Share answers;
  std::int64_t steps = 0;  ///< of all replies together (Reply::steps)

  /// Forward passes of a reply; 0 of none.
  double mean_steps() const;
};

struct Summary {
  Score all;
  std::vector<std::pair<std::string, Score>> tasks;  ///< in the order of their first question
  std::optional<double> mean_reward;                 ///< nothing without a reward model
  /// Of the replies that have one (Reply::prompt_drift).
  std::optional<double> mean_prompt_drift;
  double seconds = 0.0;  ///< that the answering took
};

/// The reward of a reply to a question.
using Scorer = std::function<double(const Question& question, const Reply& reply)>;

/// Scores the dialogue of question and reply with `model`, which must outlive the scorer, as must
/// `tokenizer`.
Scorer reward_scorer(const model::RewardModel& model, const text::Tokenizer& tokenizer);

/// Scores `output` as the answer to the prompt of a record (eval/harness/record.h), special tokens
/// written out: as reward_scorer scores the dialogue that they make.
double reward_of_prompt(const model::RewardModel& model, const text::Tokenizer& tokenizer,
                        const std::string& prompt, const std::string& output);

struct EvalOptions {
  std::int64_t batch = 16;    ///< questions answered together; does not change the replies
  std::int64_t length = 256;  ///< tokens of question and reply together
  std::uint64_t seed = 0;
  Scorer scorer = {};                                    ///< may be empty
  std::function<void(std::int64_t done)> on_batch = {};  ///< may be empty
};

struct Evaluation {
  std::vector<Outcome> outcomes;  ///< one a question, in their order
  Summary summary;
};

/// Asks all questions in the dialogue form and checks the replies (data::synth::check_answer).
/// Throws FormatError for a question that is too long, before the first is answered.
Evaluation evaluate(const std::vector<Question>& questions, Answerer& answerer,
                    const text::Tokenizer& tokenizer, const EvalOptions& options);

}  // namespace tess2::eval
