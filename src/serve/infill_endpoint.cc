#include "serve/infill_endpoint.h"

#include <utility>

#include "generate/answer_text.h"
#include "generate/infill.h"
#include "serve/event_stream.h"
#include "serve/json_body.h"
#include "serve/openai.h"

namespace tess2::serve {
namespace {

// Its errors are about the text: the messages were checked before.
generate::InfillCanvas make_canvas(const InfillRequest& request, const Service& service) {
  try {
    auto parts = generate::parse_template(request.text);
    if (std::ssize(parts.holes) > service.settings().max_holes) {
      throw bad_field("text", "expected at most " + std::to_string(service.settings().max_holes) +
                                  " holes, found " + std::to_string(parts.holes.size()));
    }
    return {std::move(parts), request.messages, service.tokenizer(), service.settings().length};
  } catch (const UsageError& error) {
    const std::string problem = error.what();
    throw ApiError(400, problem.starts_with("text: ") ? problem : "text: " + problem, "text");
  }
}

// One request from its session to its reply.
class InfillExchange {
 public:
  InfillExchange(Service& service, const InfillRequest& request, const Connection& connection);

  bool streams() const { return streams_; }
  Json reply();
  void send(EventStream& events);

 private:
  std::shared_ptr<const SessionJob> make_job(const InfillRequest& request) const;
  Json filled(const Ended& ended);
  Json holes(const generate::FilledText& filled) const;
  Json canvas(const Event& event) const;

  Service& service_;
  const bool streams_;
  const ReplyHead head_;
  const generate::InfillCanvas canvas_;
  std::unique_ptr<Inquiry> inquiry_;
};

InfillExchange::InfillExchange(Service& service, const InfillRequest& request,
                               const Connection& connection)
    : service_(service),
      streams_(request.sampling.stream),
      head_(make_head("infill-", "tess2.infill", service.context().model, false)),
      canvas_(make_canvas(request, service)),
      inquiry_(service.inquire(make_job(request), service.seeds(request.sampling.seed, 1),
                               connection)) {}

std::shared_ptr<const SessionJob> InfillExchange::make_job(const InfillRequest& request) const {
  SessionJob job{service_.host(), canvas_.layout(), request.sampling.session};
  job.is_answer = false;
  job.frames = request.sampling.canvas;
  job.alternatives = request.sampling.alternatives;
  return std::make_shared<SessionJob>(std::move(job));
}

Json InfillExchange::reply() {
  Json json;
  while (const auto event = inquiry_->next()) {
    if (const auto* ended = std::get_if<Ended>(&event->what)) json = filled(*ended);
  }
  return json;
}

void InfillExchange::send(EventStream& events) {
  while (const auto event = inquiry_->next()) {
    if (const auto* ended = std::get_if<Ended>(&event->what)) {
      events.data(filled(*ended));
    } else {
      events.event("tess2.canvas", canvas(*event));
    }
  }
}

Json InfillExchange::filled(const Ended& ended) {
  const generate::FilledText filled = canvas_.fill(ended.tokens);
  Usage usage{canvas_.given_tokens(), 0};
  for (const auto& hole : filled.holes) usage.completion_tokens += hole.tokens;
  service_.metrics().answered(usage.prompt_tokens, usage.completion_tokens);
  Json json = head_json(head_);
  json["text"] = filled.text;
  json["holes"] = holes(filled);
  json["usage"] = usage_json(usage);
  json["tess2"] = extension_json(inquiry_->seeds(), std::vector{ended.steps}, inquiry_->timings());
  return json;
}

Json InfillExchange::holes(const generate::FilledText& filled) const {
  std::vector<std::int64_t> slots(filled.holes.size(), 0);
  for (const std::size_t hole : canvas_.hole_of_slot()) ++slots[hole];
  Json json = Json::array();
  for (std::size_t i = 0; i < filled.holes.size(); ++i) {
    const generate::FilledHole& hole = filled.holes[i];
    json.push_back({{"text", hole.text},
                    {"begin", hole.begin},
                    {"end", hole.end},
                    {"tokens", hole.tokens},
                    {"slots", slots[i]}});
  }
  return json;
}

// Places that their hole leaves unused have no text.
Json InfillExchange::canvas(const Event& event) const {
  const text::Tokenizer& tokenizer = service_.tokenizer();
  const Frame& frame = std::get<Frame>(event.what);
  std::vector<Json> slots;
  for (const generate::Slot& slot : frame.slots) {
    Json json = slot_json(slot);
    if (generate::ends_answer(slot.id, tokenizer)) json["text"] = "";
    json["hole"] = canvas_.hole_of_slot()[slots.size()];
    slots.push_back(std::move(json));
  }
  return canvas_json(head_, event.index, frame, slots);
}

}  // namespace

void fill(Service& service, const InfillRequest& request, Connection& connection,
          httplib::Response& response) {
  auto exchange = std::make_shared<InfillExchange>(service, request, connection);
  if (exchange->streams()) {
    return reply_with_events(response, connection,
                             [exchange](EventStream& events) { exchange->send(events); });
  }
  response.set_content(dumped(exchange->reply()), "application/json");
}

}  // namespace tess2::serve
