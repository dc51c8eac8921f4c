#include "generate/generator.h"

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "diffusion/sampler.h"
#include "generate/answer_text.h"
#include "generate/model_session.h"
#include "generate/settling.h"

namespace tess2::generate {
namespace {

using diffusion::Canvas;
using text::TokenId;

std::vector<TokenId> narrow_ids(const std::int64_t* ids, std::int64_t count) {
  return {ids, ids + count};
}

/// The answer's tokens of sequence 0 as a frame.
CanvasFrame make_frame(const diffusion::StepEvent& event, const Settling& settling,
                       const text::Tokenizer& tokenizer) {
  CanvasFrame frame{event.step + 1, event.steps, {}};
  const auto* tokens = event.tokens.data_ptr<std::int64_t>();
  const std::vector<TokenId> answer =
      cut_at_end(narrow_ids(tokens, event.canvas.row_begin(1)), tokenizer);
  for (std::size_t i = 0; i < answer.size(); ++i) {
    frame.tokens.push_back({token_text(tokenizer, answer[i]), settling.is_settled(i, event.step)});
  }
  return frame;
}

}  // namespace

std::vector<TokenId> cut_at_end(const std::vector<TokenId>& ids, const text::Tokenizer& tokenizer) {
  const auto ends = [&](TokenId id) { return ends_answer(id, tokenizer); };
  return {ids.begin(), std::ranges::find_if(ids, ends)};
}

Generator::Generator(diffusion::Denoiser& denoiser, const text::Tokenizer& tokenizer,
                     diffusion::RewardFunction* reward, const GenerateSettings& settings)
    : denoiser_(denoiser), tokenizer_(tokenizer), reward_(reward), settings_(settings) {
  check_vocabularies(denoiser, tokenizer, reward);
  check_guidance(settings.guidance, reward);
  pad_ = *tokenizer.pad();
}

Canvas Generator::lay_out(const std::vector<Prompt>& prompts) const {
  const auto batch = static_cast<std::int64_t>(prompts.size());
  const std::int64_t length = settings_.length;
  at::Tensor ids = at::full({batch, length}, pad_, at::kLong);
  at::Tensor span = at::ones({batch, length}, at::kBool);
  for (std::int64_t b = 0; b < batch; ++b) {
    const auto& prompt = prompts[static_cast<std::size_t>(b)].ids;
    const auto size = static_cast<std::int64_t>(prompt.size());
    if (size == 0) throw UsageError("prompt " + std::to_string(b + 1) + ": it is empty");
    if (size >= length) {
      throw UsageError("prompt " + std::to_string(b + 1) +
                       ": expected fewer tokens than the canvas (" + std::to_string(length) +
                       "), found " + std::to_string(size) +
                       "; raise `length` or shorten the prompt");
    }
    std::ranges::copy(prompt, ids.data_ptr<std::int64_t>() + b * length);
    span[b].narrow(0, 0, size).fill_(false);
  }
  return Canvas(ids, span);
}

std::vector<Answer> Generator::run(const std::vector<Prompt>& prompts,
                                   const FrameObserver& observe) {
  if (prompts.empty()) return {};
  const Canvas canvas = lay_out(prompts);
  std::vector<std::uint64_t> seeds;
  for (const Prompt& prompt : prompts) seeds.push_back(prompt.seed);
  std::optional<diffusion::RewardGuidance> guidance;
  if (settings_.guidance.scale != 0.0) guidance.emplace(*reward_, settings_.guidance);
  diffusion::Sampler sampler(denoiser_, settings_.sampler, guidance ? &*guidance : nullptr);

  Settling settling(static_cast<std::size_t>(canvas.row_count()));
  const auto result = sampler.run(canvas, seeds, [&](const diffusion::StepEvent& event) {
    settling.observe(event.step, {event.tokens.data_ptr<std::int64_t>(),
                                  static_cast<std::size_t>(canvas.row_count())});
    if (observe) observe(make_frame(event, settling, tokenizer_));
    return true;
  });

  std::vector<Answer> answers;
  for (std::int64_t b = 0; b < canvas.batch(); ++b) {
    Answer answer = read(canvas, result.ids, b);
    answer.steps = result.steps;
    for (std::int64_t n = canvas.row_begin(b); n < canvas.row_begin(b + 1); ++n) {
      answer.settled_at.push_back(settling.changed_at(static_cast<std::size_t>(n)) + 1);
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

Answer Generator::read(const Canvas& canvas, const at::Tensor& ids, std::int64_t b) const {
  Answer answer;
  answer.canvas = narrow_ids(ids.data_ptr<std::int64_t>() + b * canvas.length(), canvas.length());
  const std::int64_t span = canvas.row_begin(b + 1) - canvas.row_begin(b);
  answer.ids = cut_at_end({answer.canvas.end() - span, answer.canvas.end()}, tokenizer_);
  answer.text = tokenizer_.decode(answer.ids);
  return answer;
}

}  // namespace tess2::generate
