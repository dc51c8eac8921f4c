#include "eval/harness/judge.h"

#include <httplib.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"
#include "core/terminal.h"
#include "text/utf8.h"

namespace tess2::eval {
namespace {

using nlohmann::json;

// Scheme with host, and path without a slash at its end.
struct SplitAddress {
  std::string host;
  std::string path;
};

SplitAddress split(const std::string& url) {
  const bool known = url.starts_with("http://") || url.starts_with("https://");
  const std::size_t host = url.find("//") + 2;
  if (!known || host >= url.size() || url[host] == '/') {
    throw UsageError("--judge: expected an address that begins with http:// or https://, found " +
                     printable(url, 60));
  }
  const std::size_t slash = std::min(url.find('/', host), url.size());
  SplitAddress address{url.substr(0, slash), url.substr(slash)};
  while (address.path.ends_with('/')) address.path.pop_back();
  return address;
}

constexpr const char* kDuty =
    "You compare two answers to an instruction. Say which one follows the instruction better and "
    "is more helpful and correct. Reply with one word: A, B, or TIE where neither is better.";

std::string request_body(const JudgeAddress& address, const std::string& instruction,
                         const std::string& first, const std::string& second) {
  const json body{
      {"model", address.model},
      {"temperature", 0},
      {"max_tokens", 8},
      {"messages",
       {{{"role", "system"}, {"content", kDuty}},
        {{"role", "user"},
         {"content", "Instruction:\n" + instruction + "\n\nAnswer A:\n" + first +
                         "\n\nAnswer B:\n" + second + "\n\nWhich answer is better?"}}}}};
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

// The text of a chat completion; nothing where it is none.
std::optional<std::string> completion_text(const std::string& body) {
  const json answer = json::parse(body, nullptr, false);
  const json::json_pointer place("/choices/0/message/content");
  if (answer.is_discarded() || !answer.is_structured() || !answer.contains(place)) {
    return std::nullopt;
  }
  const json& text = answer.at(place);
  return text.is_string() ? std::optional(text.get<std::string>()) : std::nullopt;
}

std::optional<Preference> preference_of(std::string_view reply) {
  std::string word(text::strip(reply));
  while (word.ends_with('.')) word.pop_back();
  if (word == "A") return Preference::kFirst;
  if (word == "B") return Preference::kSecond;
  if (word == "TIE" || word == "Tie" || word == "tie") return Preference::kTie;
  return std::nullopt;
}

}  // namespace

Judge::Judge(JudgeAddress address) : address_(std::move(address)) {
  const auto [host, path] = split(address_.url);
  path_ = path + "/chat/completions";
  client_ = std::make_unique<httplib::Client>(host);
  const auto timeout = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::duration<double>(address_.timeout_seconds));
  client_->set_connection_timeout(timeout);
  client_->set_read_timeout(timeout);
  client_->set_write_timeout(timeout);
  client_->set_keep_alive(true);
  if (!address_.key.empty()) client_->set_bearer_token_auth(address_.key);
}

Judge::~Judge() = default;

void Judge::fail(const std::string& problem) const {
  throw Error("judge " + address_.url + ": " + problem);
}

std::string Judge::post(const std::string& body) {
  const auto begin = std::chrono::steady_clock::now();
  const auto result = client_->Post(path_, body, "application/json");
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  if (!result && taken.count() >= address_.timeout_seconds) {
    fail("no answer within " + printable(json(address_.timeout_seconds).dump()) + " s");
  }
  if (!result) fail("cannot be reached: " + httplib::to_string(result.error()));
  if (result->status == 200) return result->body;
  fail("expected status 200, found " + std::to_string(result->status) + ": " +
       printable(result->body, 100));
}

Judgement Judge::ask(const std::string& instruction, const std::string& first,
                     const std::string& second) {
  const std::string body = post(request_body(address_, instruction, first, second));
  const auto reply = completion_text(body);
  if (!reply) {
    fail("expected a chat completion with choices[0].message.content, found " +
         (body.empty() ? "nothing" : printable(body, 100)));
  }
  const auto preference = preference_of(*reply);
  if (!preference) {
    fail("expected A, B or TIE, found " + (reply->empty() ? "empty text" : printable(*reply, 100)));
  }
  return {*preference, *reply};
}

}  // namespace tess2::eval
