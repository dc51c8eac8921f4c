#include "app/chat_loop.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <random>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "core/nearest.h"
#include "generate/answer_text.h"
#include "generate/frames.h"
#include "generate/live_view.h"
#include "generate/settings.h"
#include "text/utf8.h"

namespace tess2::app {
namespace {

using text::Message;
using text::TokenId;

// Places that an answer must at least have: below this the oldest turns are left out.
constexpr std::int64_t kLeastAnswer = 16;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// `12 steps, 0.4 s, 31 tokens, seed 7`
std::string account(const generate::Session& session, std::int64_t tokens, double seconds,
                    std::uint64_t seed) {
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%.1f", seconds);
  return std::to_string(session.steps_taken()) + " steps, " + time.data() + " s, " +
         std::to_string(tokens) + " tokens, seed " + std::to_string(seed);
}

void refuse_argument(std::string_view command, const std::string& argument) {
  if (argument.empty()) return;
  throw UsageError(std::string(command) + ": expected nothing behind it, found " +
                   printable(argument, 40));
}

}  // namespace

void ChatSettings::bind(SettingsBinder& binder) {
  binder
      .field("length", length,
             "positions of the canvas, dialogue included (0: as the model was trained, else 256)")
      .at_least(0);
  binder.field("system", system, "a system message that stands before the dialogue");
  session.bind(binder);
}

struct Chat::Command {
  std::string_view name;
  std::string_view argument;
  std::string_view help;
  void (Chat::*run)(const std::string& argument);
};

const std::vector<Chat::Command>& Chat::commands() {
  static const std::vector<Command> kCommands = {
      {"/help", "", "these commands", &Chat::show_help},
      {"/steps", "N|auto", "denoising steps of an answer; auto stops once nothing changes",
       &Chat::set_steps},
      {"/seed", "N|random", "the seed of the next answer", &Chat::set_seed},
      {"/set", "KEY=VALUE", "any other setting, such as temperature=0.7", &Chat::set_any},
      {"/retry", "", "answer the last question again, with another seed", &Chat::retry},
      {"/undo", "", "take back the last question and its answer", &Chat::undo},
      {"/clear", "", "begin a new dialogue", &Chat::clear},
      {"/save", "FILE", "write the dialogue as a line of JSON", &Chat::save},
      {"/quit", "", "leave; so does Control-D", &Chat::quit},
  };
  return kCommands;
}

Chat::Chat(const generate::SessionHost& host, const ChatSettings& settings, std::int64_t length,
           ChatTerminal where)
    : host_(host),
      settings_(settings),
      table_(settings_.session),
      length_(length),
      where_(std::move(where)),
      next_seed_(settings.session.seed) {}

void Chat::run() {
  while (!done_) {
    const auto line = read_message();
    if (!line) return;
    try {
      if (line->starts_with('/')) {
        run_command(*line);
      } else if (!text::strip(*line).empty()) {
        ask(*line);
      }
    } catch (const Error& error) {
      log_error(error.what());
    }
  }
}

std::optional<std::string> Chat::read_message() {
  std::string message;
  while (const auto line = where_.read_line()) {
    message += *line;
    if (!message.ends_with('\\')) return message;
    message.back() = '\n';
  }
  if (message.empty()) return std::nullopt;
  return message;
}

void Chat::run_command(std::string_view line) {
  const std::size_t space = line.find(' ');
  const std::string name(line.substr(0, space));
  const std::string argument(
      text::strip(space == std::string_view::npos ? "" : line.substr(space + 1)));
  for (const Command& command : commands()) {
    if (command.name != name) continue;
    if (command.argument.empty()) refuse_argument(name, argument);
    return (this->*command.run)(argument);
  }
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  throw UsageError("unknown command " + printable(name, 40) + nearest_hint(name, names) +
                   "; /help lists them");
}

void Chat::ask(const std::string& question) {
  messages_.push_back({"user", question});
  std::optional<std::string> reply;
  try {
    reply = answer(fitting_prompt());
  } catch (const Error&) {
    messages_.pop_back();
    throw;
  }
  if (!reply) {
    messages_.pop_back();
    log_info("stopped; the question is forgotten");
    return;
  }
  messages_.push_back({"assistant", *reply});
  show(*reply);
}

// A terminal gets nothing that would command it.
void Chat::show(const std::string& reply) {
  if (!where_.terminal.is_terminal) {
    where_.out << reply << std::endl;
    return;
  }
  for (const auto& character : generate::shown_characters(reply)) {
    where_.out << (character.bytes == generate::kLineBreakSign ? "\n" : character.bytes);
  }
  where_.out << std::endl;
}

std::vector<TokenId> Chat::prompt_of(std::span<const Message> messages) const {
  std::vector<Message> all;
  if (!settings_.system.empty()) all.push_back({"system", settings_.system});
  all.insert(all.end(), messages.begin(), messages.end());
  return text::encode_prompt(all, host_.tokenizer());
}

// The dialogue without as many of its oldest turns as must go for an answer to find place.
std::vector<TokenId> Chat::fitting_prompt() {
  std::size_t first = 0;
  std::vector<TokenId> prompt = prompt_of(messages_);
  while (std::ssize(prompt) + kLeastAnswer > length_ && first + 2 < messages_.size()) {
    first += 2;
    prompt = prompt_of(std::span(messages_).subspan(first));
  }
  if (first > 0) {
    log_info("the canvas of " + std::to_string(length_) + " tokens is full: the first " +
             std::to_string(first / 2) + " turns are left out");
  }
  if (std::ssize(prompt) >= length_) {
    throw UsageError("the message: expected fewer tokens than the canvas (" +
                     std::to_string(length_) + "), found " + std::to_string(prompt.size()));
  }
  return prompt;
}

// Nothing where the person stopped it.
std::optional<std::string> Chat::answer(const std::vector<TokenId>& prompt) {
  const auto start = std::chrono::steady_clock::now();
  const auto layout =
      generate::answer_layout(prompt, length_ - std::ssize(prompt), *host_.tokenizer().pad());
  generate::SessionSettings how = settings_.session;
  how.seed = std::exchange(next_seed_, next_seed_ + 1);
  const auto session = host_.start(layout, how);
  generate::LiveView view(where_.out, where_.terminal);
  where_.interrupted = false;
  while (!session->finished()) {
    session->step();
    if (where_.terminal.is_terminal) {
      view.draw(generate::answer_frame(*session, host_.tokenizer()));
    }
    if (where_.interrupted.exchange(false)) return std::nullopt;
    const auto fixed = session->tokens().first(session->committed());
    if (generate::certain_text(fixed, {}, host_.tokenizer()).complete) break;
  }
  auto read = generate::read_answer(session->tokens(), {}, host_.tokenizer());
  log_info(account(*session, read.tokens, seconds_since(start), how.seed));
  return std::move(read.text);
}

void Chat::show_help(const std::string&) {
  for (const Command& command : commands()) {
    std::string usage = std::string(command.name) + " " + std::string(command.argument);
    usage.resize(20, ' ');
    where_.out << usage << command.help << "\n";
  }
  where_.out << "Control-C stops an answer. A line that ends with \\ goes on in the next."
             << std::endl;
}

void Chat::set_steps(const std::string& argument) {
  generate::set_steps(table_, argument, "/steps");
}

void Chat::set_seed(const std::string& argument) {
  if (argument == "random") {
    next_seed_ = std::random_device{}();
    return;
  }
  const auto seed = setting_codec<std::int64_t>().parse(argument);
  if (!seed || *seed < 0) {
    throw UsageError("/seed: expected a number from 0 on, or random, found " +
                     printable(argument, 40));
  }
  next_seed_ = static_cast<std::uint64_t>(*seed);
}

void Chat::set_any(const std::string& argument) {
  table_.set(argument, "/set");
}

void Chat::retry(const std::string&) {
  if (messages_.size() < 2) throw UsageError("/retry: nothing was answered yet");
  const std::string question = messages_[messages_.size() - 2].content;
  const auto before = messages_;
  messages_.resize(messages_.size() - 2);
  ask(question);
  if (messages_.size() < before.size()) messages_ = before;
}

void Chat::undo(const std::string&) {
  if (messages_.size() < 2) throw UsageError("/undo: nothing was asked yet");
  messages_.resize(messages_.size() - 2);
  log_info("taken back; " + std::to_string(messages_.size() / 2) + " turns are left");
}

void Chat::clear(const std::string&) {
  messages_.clear();
}

void Chat::save(const std::string& argument) {
  if (argument.empty()) throw UsageError("/save: expected a file, found nothing");
  if (messages_.empty()) throw UsageError("/save: nothing was asked yet");
  const std::filesystem::path file = argument;
  if (std::filesystem::exists(file)) throw FileError(file, "is there already; choose another name");
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  if (!settings_.system.empty()) {
    list.push_back({{"role", "system"}, {"content", settings_.system}});
  }
  for (const auto& [role, content] : messages_)
    list.push_back({{"role", role}, {"content", content}});
  const nlohmann::ordered_json record = {{"messages", list}};
  constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;
  write_file_atomically(
      file, [&](std::ostream& out) { out << record.dump(-1, ' ', false, kReplace) << "\n"; });
  log_info("saved " + file.string());
}

void Chat::quit(const std::string&) {
  done_ = true;
}

}  // namespace tess2::app
