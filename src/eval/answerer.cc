#include "eval/answerer.h"

#include <chrono>

#include "core/error.h"
#include "core/random.h"

namespace tess2::eval {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

std::uint64_t prompt_seed(std::uint64_t seed, std::uint64_t index) {
  // One bit less: seeds are written as signed numbers.
  return index == 0 ? seed : derive_seed(seed, index) >> 1;
}

std::vector<Reply> DiffusionAnswerer::answer(const std::vector<generate::Prompt>& prompts) {
  std::vector<Reply> replies;
  for (generate::Answer& answer : generator_.run(prompts)) {
    replies.push_back({std::move(answer.ids), std::move(answer.text), answer.steps, answer.seconds,
                       answer.prompt_drift});
  }
  return replies;
}

std::vector<Reply> CausalAnswerer::answer(const std::vector<generate::Prompt>& prompts) {
  std::vector<Reply> replies;
  for (const generate::Prompt& prompt : prompts) {
    const auto start = Clock::now();
    replies.push_back(answer_one(prompt, "prompt " + std::to_string(replies.size() + 1)));
    replies.back().seconds = std::chrono::duration<double>(Clock::now() - start).count();
  }
  return replies;
}

Reply CausalAnswerer::answer_one(const generate::Prompt& prompt, const std::string& name) const {
  const auto prompt_size = std::ssize(prompt.ids);
  if (prompt_size == 0) throw UsageError(name + ": it is empty");
  const std::vector<std::int64_t> ids(prompt.ids.begin(), prompt.ids.end());
  const std::vector<std::int64_t> all = lm_.generate(
      ids, {room(prompt, name), settings_.projection, prompt.seed, {tokenizer_.eos()}});
  Reply reply;
  reply.steps = std::ssize(all) - prompt_size;
  reply.ids = generate::cut_at_end({all.begin() + prompt_size, all.end()}, tokenizer_);
  reply.text = tokenizer_.decode(reply.ids);
  return reply;
}

std::int64_t CausalAnswerer::room(const generate::Prompt& prompt, const std::string& name) const {
  if (settings_.max_new_tokens) return *settings_.max_new_tokens;
  if (prompt.places > 0) return prompt.places;
  const auto prompt_size = std::ssize(prompt.ids);
  if (prompt_size < settings_.length) return settings_.length - prompt_size;
  throw UsageError(name + ": expected fewer tokens than `length` (" +
                   std::to_string(settings_.length) + "), found " + std::to_string(prompt_size) +
                   "; raise `length` or shorten the prompt");
}

}  // namespace tess2::eval
