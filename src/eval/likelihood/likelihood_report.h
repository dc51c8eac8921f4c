// What `tess2 likelihood` and `tess2 samples` found, as text for people and JSON for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eval/likelihood/diversity.h"
#include "eval/likelihood/levels.h"
#include "eval/likelihood/perplexity.h"
#include "eval/likelihood/settling.h"

namespace tess2::eval {

/// What a report is about.
struct ReportSource {
  std::string model;  ///< folder; empty where texts came from files
  std::vector<std::string> data;
  std::uint64_t seed = 0;
  std::string settings;  ///< in YAML
};

struct LikelihoodReport {
  ReportSource source;
  bool is_bound = false;  ///< of a diffusion model: perplexity is at most this
  bool self_conditioned = false;
  std::int64_t cut_texts = 0;
  std::int64_t length = 0;      ///< at which they were cut
  std::vector<TextCost> costs;  ///< a text
  Perplexity perplexity;
  std::vector<LevelEstimate> levels;  ///< empty for an autoregressive model
};

/// A table of the levels, where there are any, and one of the perplexities.
std::string likelihood_table(const LikelihoodReport& report);
/// `{"kind": "likelihood", ...}` and a newline.
std::string likelihood_json(const LikelihoodReport& report);

struct SamplesReport {
  ReportSource source;
  std::vector<StepEstimate> steps;  ///< empty where no run was watched
  SettleSteps settling;
  Diversity diversity;
  std::string judge;                     ///< folder of the model; empty without one
  std::optional<Perplexity> perplexity;  ///< under the judge
  std::vector<std::string> texts;
  std::vector<std::uint64_t> seeds;  ///< of the texts; empty where they came from files
};

/// Tables of the steps (about ten of them), of settling and of the texts.
std::string samples_table(const SamplesReport& report);
/// `{"kind": "samples", ...}` and a newline.
std::string samples_json(const SamplesReport& report);

}  // namespace tess2::eval
