// What answers prompts: a diffusion model, or the autoregressive model that it is compared with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diffusion/projection.h"
#include "generate/generator.h"
#include "model/causal_lm.h"
#include "text/tokenizer.h"

namespace tess2::eval {

struct Reply {
  std::vector<text::TokenId> ids;  ///< without the prompt, cut at the first end or padding token
  std::string text;                ///< of the ids
  std::int64_t steps = 0;          ///< denoising steps, or tokens drawn one after another
  double seconds = 0.0;            ///< that it took, along with those answered beside it
  std::optional<double> prompt_drift = std::nullopt;  ///< generate::Session::prompt_drift
};

/// The seed of prompt `index` of a job: `seed` itself for prompt 0, and for each other one a seed
/// below 2^63 with which it can be answered again alone, as prompt 0.
std::uint64_t prompt_seed(std::uint64_t seed, std::uint64_t index);

class Answerer {
 public:
  virtual ~Answerer() = default;
  /// One reply a prompt; a reply depends on its prompt and seed alone, not on the others. Throws
  /// UsageError for a prompt that is empty or leaves no place for a reply.
  virtual std::vector<Reply> answer(const std::vector<generate::Prompt>& prompts) = 0;
};

class DiffusionAnswerer final : public Answerer {
 public:
  /// `generator` must outlive the answerer.
  explicit DiffusionAnswerer(const generate::Generator& generator) : generator_(generator) {}
  std::vector<Reply> answer(const std::vector<generate::Prompt>& prompts) override;

 private:
  const generate::Generator& generator_;
};

struct CausalAnswerSettings {
  /// Tokens of prompt and reply together, where neither `max_new_tokens` nor the prompt's `places`
  /// bound the reply.
  std::int64_t length = 256;
  std::optional<std::int64_t> max_new_tokens = std::nullopt;
  /// top_p 0 is greedy.
  diffusion::ProjectionSettings projection = {};
};

class CausalAnswerer final : public Answerer {
 public:
  /// `lm` and `tokenizer` must outlive the answerer.
  CausalAnswerer(const model::CausalLM& lm, const text::Tokenizer& tokenizer,
                 const CausalAnswerSettings& settings)
      : lm_(lm), tokenizer_(tokenizer), settings_(settings) {}
  std::vector<Reply> answer(const std::vector<generate::Prompt>& prompts) override;

 private:
  Reply answer_one(const generate::Prompt& prompt, const std::string& name) const;
  std::int64_t room(const generate::Prompt& prompt, const std::string& name) const;

  const model::CausalLM& lm_;
  const text::Tokenizer& tokenizer_;
  CausalAnswerSettings settings_;
};

}  // namespace tess2::eval
