#include "eval/harness/task_prompt.h"

#include <algorithm>
#include <utility>

namespace tess2::eval {
namespace {

void add_part(std::string& text, const std::string& part, const std::string& between) {
  if (part.empty()) return;
  if (!text.empty()) text += between;
  text += part;
}

// The user's message with the first `count` examples.
std::string message_text(const Task& task, const Item& item, const ShotTexts& shots,
                         std::size_t count) {
  std::string text;
  const std::string& between = task.prompt.between;
  add_part(text, fill_template(task.prompt.intro, item.fields, {task.file, "prompt.intro"}),
           between);
  add_part(text, shots.intro, between);
  for (std::size_t i = 0; i < count; ++i) add_part(text, shots.shots[i], between);
  add_part(text, fill_template(task.prompt.question, item.fields, {task.file, "prompt.question"}),
           between);
  return text;
}

TaskPrompt with_shots(const Task& task, const Item& item, const ShotTexts& shots, std::size_t count,
                      const text::Tokenizer& tokenizer) {
  std::vector<text::Message> messages = item.context;
  messages.push_back({"user", message_text(task, item, shots, count)});
  TaskPrompt made;
  made.text = text::format_prompt(messages, tokenizer) +
              fill_template(task.prompt.reply, item.fields, {task.file, "prompt.reply"});
  made.prompt.ids = tokenizer.encode(made.text);
  made.shots = static_cast<std::int64_t>(count);
  return made;
}

}  // namespace

TaskPrompt make_task_prompt(const Task& task, const Item& item, const ShotTexts& shots,
                            const Room& room, std::uint64_t seed,
                            const text::Tokenizer& tokenizer) {
  const std::int64_t wanted = std::max<std::int64_t>(room.answer_tokens, 1);
  for (std::size_t count = shots.shots.size();; --count) {
    TaskPrompt made = with_shots(task, item, shots, count, tokenizer);
    const std::int64_t left = room.length - std::ssize(made.prompt.ids);
    if (left < wanted && count > 0) continue;
    made.fits = left > 0;
    made.prompt.seed = seed;
    made.prompt.places = room.answer_tokens == 0 ? left : std::min(room.answer_tokens, left);
    return made;
  }
}

}  // namespace tess2::eval
