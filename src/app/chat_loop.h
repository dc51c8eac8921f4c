// The conversation behind `tess2 chat`, apart from the terminal it happens on.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings.h"
#include "core/terminal.h"
#include "generate/session.h"
#include "text/dialogue.h"

namespace tess2::app {

struct ChatSettings {
  generate::SessionSettings session;
  std::int64_t length = 0;  ///< positions of the canvas; 0: as the model was trained, else 256
  std::string system;       ///< a system message that stands before the dialogue; empty: none

  void bind(SettingsBinder& binder);
};

/// Where a chat happens.
struct ChatTerminal {
  /// The next line without its end, or nothing at the end of the input.
  std::function<std::optional<std::string>()> read_line;
  std::ostream& out;
  Terminal terminal;               ///< what `out` is: the canvas is shown on a terminal alone
  std::atomic<bool>& interrupted;  ///< set from outside to stop an answer; cleared by the chat
};

class Chat {
 public:
  /// `host` and what `where` refers to must outlive the chat. `length` is that of the canvas,
  /// already resolved. Throws Error for a system message that is no text.
  Chat(const generate::SessionHost& host, const ChatSettings& settings, std::int64_t length,
       ChatTerminal where);

  /// Reads lines until `/quit` or the end of the input. A mistake in a line is told and does not
  /// end the chat. A line that ends with a backslash goes on in the next.
  void run();

  /// The dialogue so far, the system message not included.
  const std::vector<text::Message>& messages() const { return messages_; }

 private:
  struct Command;

  static const std::vector<Command>& commands();
  std::optional<std::string> read_message();
  bool handle(const std::string& line);  // false to quit
  void run_command(std::string_view line);
  void ask(const std::string& question);
  void show(const std::string& reply);
  std::vector<text::TokenId> fitting_prompt();
  std::vector<text::TokenId> prompt_of(std::span<const text::Message> messages) const;
  std::optional<std::string> answer(const std::vector<text::TokenId>& prompt);

  void show_help(const std::string& argument);
  void set_steps(const std::string& argument);
  void set_seed(const std::string& argument);
  void set_any(const std::string& argument);
  void undo(const std::string& argument);
  void retry(const std::string& argument);
  void clear(const std::string& argument);
  void save(const std::string& argument);
  void quit(const std::string& argument);

  const generate::SessionHost& host_;
  ChatSettings settings_;
  SettingsTable table_;
  std::int64_t length_;
  ChatTerminal where_;
  std::vector<text::Message> messages_;
  std::uint64_t next_seed_;
  bool done_ = false;
};

}  // namespace tess2::app
