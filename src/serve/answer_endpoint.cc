#include "serve/answer_endpoint.h"

#include <algorithm>
#include <utility>

#include "generate/answer_text.h"
#include "serve/event_stream.h"
#include "serve/json_body.h"
#include "serve/openai.h"
#include "text/dialogue.h"

namespace tess2::serve {
namespace {

using text::TokenId;

std::vector<TokenId> prompt_ids(const AnswerRequest& request, const text::Tokenizer& tokenizer) {
  if (request.chat) return text::encode_prompt(request.messages, tokenizer);
  auto ids = tokenizer.encode(request.prompt);
  ids.insert(ids.begin(), tokenizer.bos());
  return ids;
}

// Places for the answer. Throws where there is none, or fewer than asked for.
std::int64_t answer_places(const AnswerRequest& request, std::int64_t prompt,
                           const ServeSettings& settings) {
  const std::int64_t length = settings.length;
  const std::int64_t free = length - prompt;
  const std::string canvas = "the canvas of " + std::to_string(length) + " tokens";
  if (free < 1) {
    throw bad_field(request.chat ? "messages" : "prompt",
                    "it leaves no place for an answer: " + canvas + " has " +
                        std::to_string(prompt) + " of the prompt");
  }
  if (request.max_tokens.value_or(1) > free) {
    throw bad_field("max_tokens", "expected at most " + std::to_string(free) + ", for " + canvas +
                                      " has " + std::to_string(prompt) + " of the prompt, found " +
                                      std::to_string(*request.max_tokens));
  }
  if (request.max_tokens) return *request.max_tokens;
  return settings.max_tokens == 0 ? free : std::min(free, settings.max_tokens);
}

// One request from its sessions to its reply.
class AnswerExchange {
 public:
  AnswerExchange(Service& service, const AnswerRequest& request, const Connection& connection);

  bool streams() const { return streams_; }
  Json reply();
  void send(EventStream& events);

 private:
  std::shared_ptr<const SessionJob> make_job(const AnswerRequest& request);
  void take(std::size_t index, const Ended& ended);
  void send(EventStream& events, const Event& event);
  void send_end(EventStream& events, std::size_t index);
  void send_text_chunk(EventStream& events, Json chunk) const;
  Json canvas(const Event& event) const;
  Usage usage() const;
  Json extension() const;

  Service& service_;
  const bool streams_;
  const bool include_usage_;
  const ReplyHead head_;
  std::int64_t prompt_tokens_ = 0;
  std::shared_ptr<const SessionJob> job_;
  std::unique_ptr<Inquiry> inquiry_;
  std::vector<Answer> answers_;
  std::vector<std::string> sent_;  ///< the text of each answer so far
  std::size_t ended_ = 0;
};

ReplyHead head_of(const AnswerRequest& request, const std::string& model) {
  return request.chat ? make_head("chatcmpl-", "chat.completion", model, true)
                      : make_head("cmpl-", "text_completion", model, false);
}

AnswerExchange::AnswerExchange(Service& service, const AnswerRequest& request,
                               const Connection& connection)
    : service_(service),
      streams_(request.sampling.stream),
      include_usage_(request.sampling.include_usage),
      head_(head_of(request, service.context().model)),
      job_(make_job(request)) {
  auto seeds = service.seeds(request.sampling.seed, request.n);
  answers_.resize(seeds.size());
  sent_.resize(seeds.size());
  inquiry_ = service.inquire(job_, std::move(seeds), connection);
}

std::shared_ptr<const SessionJob> AnswerExchange::make_job(const AnswerRequest& request) {
  const text::Tokenizer& tokenizer = service_.tokenizer();
  auto prompt = prompt_ids(request, tokenizer);
  prompt_tokens_ = std::ssize(prompt);
  const std::int64_t places = answer_places(request, prompt_tokens_, service_.settings());
  SessionJob job{service_.host(),
                 generate::answer_layout(std::move(prompt), places, tokenizer.eos()),
                 request.sampling.session};
  job.stops = request.stops;
  job.continues = !request.chat;
  job.pieces = streams_;
  job.frames = request.sampling.canvas;
  job.alternatives = request.sampling.alternatives;
  return std::make_shared<SessionJob>(std::move(job));
}

void AnswerExchange::take(std::size_t index, const Ended& ended) {
  auto text = generate::read_answer(ended.tokens, job_->stops, service_.tokenizer());
  text.text = with_space(*job_, ended.tokens, std::move(text.text));
  // The answers to one request share its prompt.
  service_.metrics().answered(ended_ == 0 ? prompt_tokens_ : 0, text.tokens);
  answers_[index] = {std::move(text), ended.steps};
  ++ended_;
}

Json AnswerExchange::reply() {
  while (const auto event = inquiry_->next()) {
    if (const auto* ended = std::get_if<Ended>(&event->what)) take(event->index, *ended);
  }
  Json json = completion_json(head_, answers_);
  json["usage"] = usage_json(usage());
  json["tess2"] = extension();
  return json;
}

void AnswerExchange::send(EventStream& events) {
  if (head_.chat) {
    for (std::size_t i = 0; i < answers_.size(); ++i) send_text_chunk(events, role_chunk(head_, i));
  }
  while (const auto event = inquiry_->next()) send(events, *event);
  if (include_usage_) events.data(usage_chunk(head_, usage()));
}

void AnswerExchange::send(EventStream& events, const Event& event) {
  if (const auto* piece = std::get_if<Piece>(&event.what)) {
    sent_[event.index] += piece->text;
    send_text_chunk(events, text_chunk(head_, event.index, piece->text));
  } else if (std::holds_alternative<Frame>(event.what)) {
    events.event("tess2.canvas", canvas(event));
  } else {
    take(event.index, std::get<Ended>(event.what));
    send_end(events, event.index);
  }
}

// The rest of an answer, and its reason to end; the last of them tells seeds and times.
void AnswerExchange::send_end(EventStream& events, std::size_t index) {
  const generate::AnswerText& answer = answers_[index].text;
  if (!answer.text.starts_with(sent_[index])) {
    throw Error("the answer does not begin with what was sent of it");
  }
  const std::string rest = answer.text.substr(sent_[index].size());
  if (!rest.empty()) send_text_chunk(events, text_chunk(head_, index, rest));
  Json last = text_chunk(head_, index, "", answer.reason);
  if (ended_ == answers_.size()) last["tess2"] = extension();
  send_text_chunk(events, std::move(last));
}

void AnswerExchange::send_text_chunk(EventStream& events, Json chunk) const {
  if (include_usage_) chunk["usage"] = nullptr;
  events.data(chunk);
}

// Up to the end of the answer.
Json AnswerExchange::canvas(const Event& event) const {
  const text::Tokenizer& tokenizer = service_.tokenizer();
  const Frame& frame = std::get<Frame>(event.what);
  std::vector<Json> slots;
  for (const generate::Slot& slot : frame.slots) {
    if (generate::ends_answer(slot.id, tokenizer)) break;
    slots.push_back(slot_json(slot));
  }
  return canvas_json(head_, event.index, frame, slots);
}

Usage AnswerExchange::usage() const {
  Usage usage{prompt_tokens_, 0};
  for (const Answer& answer : answers_) usage.completion_tokens += answer.text.tokens;
  return usage;
}

Json AnswerExchange::extension() const {
  std::vector<std::int64_t> steps;
  for (const Answer& answer : answers_) steps.push_back(answer.steps);
  return extension_json(inquiry_->seeds(), steps, inquiry_->timings());
}

}  // namespace

void answer(Service& service, const AnswerRequest& request, Connection& connection,
            httplib::Response& response) {
  auto exchange = std::make_shared<AnswerExchange>(service, request, connection);
  if (exchange->streams()) {
    return reply_with_events(response, connection,
                             [exchange](EventStream& events) { exchange->send(events); });
  }
  response.set_content(dumped(exchange->reply()), "application/json");
}

}  // namespace tess2::serve
