#include "generate/generator.h"

#include <algorithm>
#include <chrono>

#include "core/error.h"
#include "generate/answer_text.h"
#include "generate/frames.h"

namespace tess2::generate {
namespace {

using text::TokenId;
using Clock = std::chrono::steady_clock;

void check_length(const Prompt& prompt, const std::string& name, std::int64_t length) {
  const auto size = std::ssize(prompt.ids);
  if (size == 0) throw UsageError(name + ": it is empty");
  if (prompt.places > 0 || size < length) return;
  throw UsageError(name + ": expected fewer tokens than the canvas (" + std::to_string(length) +
                   "), found " + std::to_string(size) + "; raise `length` or shorten the prompt");
}

Answer read(const Session& session, const text::Tokenizer& tokenizer) {
  Answer answer;
  answer.places.assign(session.tokens().begin(), session.tokens().end());
  answer.ids = cut_at_end(answer.places, tokenizer);
  answer.text = tokenizer.decode(answer.ids);
  answer.steps = session.steps_taken();
  answer.prompt_drift = session.prompt_drift();
  return answer;
}

// Nothing can follow an end that is committed.
bool end_is_committed(const Session& session, const text::Tokenizer& tokenizer) {
  const auto fixed = session.tokens().first(session.committed());
  return std::ranges::any_of(fixed, [&](TokenId id) { return ends_answer(id, tokenizer); });
}

}  // namespace

std::vector<TokenId> cut_at_end(const std::vector<TokenId>& ids, const text::Tokenizer& tokenizer) {
  const auto ends = [&](TokenId id) { return ends_answer(id, tokenizer); };
  return {ids.begin(), std::ranges::find_if(ids, ends)};
}

Generator::Generator(diffusion::Denoiser& denoiser, const text::Tokenizer& tokenizer,
                     diffusion::RewardFunction* reward, const GenerateSettings& settings)
    : host_(denoiser, tokenizer, reward), settings_(settings) {
  check_guidance(settings.session.guidance, reward);
  check_prompt_cache(settings.session.sampler, denoiser);
}

void Generator::check(const std::vector<Prompt>& prompts) const {
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    check_length(prompts[i], "prompt " + std::to_string(i + 1), settings_.length);
  }
}

std::int64_t Generator::places_of(const Prompt& prompt) const {
  return prompt.places > 0 ? prompt.places : settings_.length - std::ssize(prompt.ids);
}

std::unique_ptr<Session> Generator::start(const Prompt& prompt) const {
  SessionSettings how = settings_.session;
  how.seed = prompt.seed;
  const Layout layout = answer_layout(prompt.ids, places_of(prompt), *host_.tokenizer().pad());
  return host_.start(layout, how);
}

std::vector<Answer> Generator::run(const std::vector<Prompt>& prompts,
                                   const FrameObserver& observe) const {
  check(prompts);
  const text::Tokenizer& tokenizer = host_.tokenizer();
  std::vector<Answer> answers(prompts.size());
  std::vector<Clock::time_point> begun(prompts.size());
  SessionJobs jobs;
  jobs.start = [&](std::size_t i) {
    begun[i] = Clock::now();
    return start(prompts[i]);
  };
  jobs.stepped = [&](std::size_t i, const Session& session) {
    if (observe && i == 0) observe(answer_frame(session, tokenizer));
    return end_is_committed(session, tokenizer);
  };
  jobs.ended = [&](std::size_t i, const Session& session) {
    answers[i] = read(session, tokenizer);
    answers[i].seconds = std::chrono::duration<double>(Clock::now() - begun[i]).count();
  };
  run_sessions(prompts.size(), jobs);
  return answers;
}

}  // namespace tess2::generate
