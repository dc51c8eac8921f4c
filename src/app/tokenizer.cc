// `tess2 tokenizer OUT FILE...`
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "core/log.h"
#include "core/progress.h"
#include "data/json_lines.h"
#include "data/records.h"
#include "text/train_tokenizer.h"

namespace tess2::app {
namespace {

struct TokenizerSettings {
  text::TokenizerTraining training;

  void bind(SettingsBinder& b) {
    b.field("vocab_size", training.vocab_size, "number of tokens").at_least(1);
    b.field("symbols", training.symbols, "texts that are always one token");
  }
};

// Adds a text file's piece, the `text` of a record, or the contents of its `messages`, which stand
// on lines of their own in a dialogue.
void add_record(const data::Record& record, std::vector<std::string>& texts) {
  if (record.kind == data::InputKind::kText) {
    if (record.begins) return texts.push_back(record.text);
    texts.back() += record.text;
    return;
  }
  const auto object = data::parse_json_line(record.text, record.place);
  if (object.contains("text")) {
    return texts.push_back(data::string_field(object, "text", record.place));
  }
  if (!object.contains("messages")) {
    data::throw_line_error(record.place, "", "a record with `text` or `messages`", "neither");
  }
  for (const text::Message& message : data::messages_field(object, "messages", record.place)) {
    texts.push_back("\n" + message.content);
  }
}

std::vector<std::string> read_texts(const std::vector<std::string>& inputs) {
  data::RecordReader reader(data::find_inputs(inputs));
  std::vector<std::string> texts;
  for (data::Record record; reader.next(record);) add_record(record, texts);
  return texts;
}

}  // namespace

int run_tokenizer_command(const CommandLine& line) {
  std::filesystem::path folder;
  std::vector<std::string> files;
  return run_with_settings<TokenizerSettings>(
      line,
      [&](OptionSet& options) {
        options.positional("OUT", folder, "folder for the tokenizer's files");
        options.positionals_left("FILE", files,
                                 "files, folders or patterns: .jsonl with `text` or `messages`, or "
                                 ".txt; plain, .gz or .zst");
      },
      [&](const TokenizerSettings& settings, const Run& run) {
        const std::vector<std::string> texts = read_texts(files);
        log_info("texts: " + format_count(std::ssize(texts)));
        text::train_tokenizer(texts, settings.training, folder);
        run.out << "tokenizer: " << folder.string() << "\n";
      });
}

}  // namespace tess2::app
