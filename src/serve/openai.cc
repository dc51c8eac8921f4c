#include "serve/openai.h"

#include <chrono>
#include <cmath>
#include <random>

namespace tess2::serve {
namespace {

constexpr std::size_t kIdLength = 24;

std::string random_id() {
  constexpr std::string_view kLetters =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::random_device device;
  std::uniform_int_distribution<std::size_t> place(0, kLetters.size() - 1);
  std::string id;
  while (id.size() < kIdLength) id += kLetters[place(device)];
  return id;
}

std::int64_t unix_time() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch())
      .count();
}

// More digits than anyone can use would make most of a canvas's bytes.
double rounded(double value) {
  constexpr double kUnits = 1e4;
  return std::round(value * kUnits) / kUnits;
}

double milliseconds(double seconds) {
  constexpr double kUnits = 1e2;
  return std::round(seconds * 1e3 * kUnits) / kUnits;
}

Json reason_json(std::optional<generate::FinishReason> reason) {
  if (!reason) return nullptr;
  return *reason == generate::FinishReason::kStop ? "stop" : "length";
}

Json choice_json(const ReplyHead& head, std::size_t index, const Answer& answer) {
  Json choice = {{"index", index}};
  if (head.chat) {
    choice["message"] = {{"role", "assistant"}, {"content", answer.text.text}};
  } else {
    choice["text"] = answer.text.text;
  }
  choice["finish_reason"] = reason_json(answer.text.reason);
  choice["logprobs"] = nullptr;
  return choice;
}

Json chunk(const ReplyHead& head, Json choices) {
  Json json = head_json(head);
  if (head.chat) json["object"] = head.object + ".chunk";
  json["choices"] = std::move(choices);
  return json;
}

Json chat_chunk(const ReplyHead& head, std::size_t index, Json delta, Json reason) {
  return chunk(head, Json::array({{{"index", index},
                                   {"delta", std::move(delta)},
                                   {"logprobs", nullptr},
                                   {"finish_reason", std::move(reason)}}}));
}

}  // namespace

ReplyHead make_head(const std::string& id_prefix, const std::string& object,
                    const std::string& model, bool chat) {
  return {id_prefix + random_id(), object, unix_time(), model, chat};
}

Json usage_json(const Usage& usage) {
  return {{"prompt_tokens", usage.prompt_tokens},
          {"completion_tokens", usage.completion_tokens},
          {"total_tokens", usage.prompt_tokens + usage.completion_tokens}};
}

Json extension_json(std::span<const std::uint64_t> seeds, std::span<const std::int64_t> steps,
                    const Timings& timings) {
  return {{"seeds", std::vector(seeds.begin(), seeds.end())},
          {"steps", std::vector(steps.begin(), steps.end())},
          {"queue_ms", milliseconds(timings.queue_seconds)},
          {"compute_ms", milliseconds(timings.compute_seconds)},
          {"total_ms", milliseconds(timings.total_seconds)}};
}

Json head_json(const ReplyHead& head) {
  return {
      {"id", head.id}, {"object", head.object}, {"created", head.created}, {"model", head.model}};
}

Json completion_json(const ReplyHead& head, std::span<const Answer> answers) {
  Json choices = Json::array();
  for (const Answer& answer : answers) choices.push_back(choice_json(head, choices.size(), answer));
  Json json = head_json(head);
  json["choices"] = std::move(choices);
  return json;
}

Json role_chunk(const ReplyHead& head, std::size_t index) {
  return chat_chunk(head, index, {{"role", "assistant"}, {"content", ""}}, nullptr);
}

Json text_chunk(const ReplyHead& head, std::size_t index, const std::string& text,
                std::optional<generate::FinishReason> reason) {
  if (head.chat) {
    Json delta = text.empty() ? Json::object() : Json{{"content", text}};
    return chat_chunk(head, index, std::move(delta), reason_json(reason));
  }
  return chunk(head, Json::array({{{"index", index},
                                   {"text", text},
                                   {"logprobs", nullptr},
                                   {"finish_reason", reason_json(reason)}}}));
}

Json usage_chunk(const ReplyHead& head, const Usage& usage) {
  Json json = chunk(head, Json::array());
  json["usage"] = usage_json(usage);
  return json;
}

Json slot_json(const generate::Slot& slot) {
  Json alternatives = Json::array();
  for (const auto& other : slot.alternatives) {
    alternatives.push_back(
        {{"id", other.id}, {"text", other.text}, {"probability", rounded(other.probability)}});
  }
  return {{"position", slot.position},
          {"id", slot.id},
          {"text", slot.text},
          {"probability", rounded(slot.probability)},
          {"entropy", rounded(slot.entropy)},
          {"settled", slot.settled},
          {"settled_at", slot.settled_at},
          {"alternatives", std::move(alternatives)}};
}

Json canvas_json(const ReplyHead& head, std::size_t index, const Frame& frame,
                 std::span<const Json> slots) {
  return {{"object", "tess2.canvas"},
          {"id", head.id},
          {"index", index},
          {"step", frame.step},
          {"steps", frame.steps},
          {"committed", frame.committed},
          {"slots", std::vector(slots.begin(), slots.end())}};
}

}  // namespace tess2::serve
