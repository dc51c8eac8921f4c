// `tess2 tokenizer OUT FILE...`
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "core/log.h"
#include "core/progress.h"
#include "data/documents.h"
#include "data/json_lines.h"
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

bool is_json_lines(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".jsonl") || name.ends_with(".jsonl.gz");
}

// Adds the `text` of a record, or the contents of its `messages`.
void add_record(const nlohmann::json& record, const data::LinePlace& place,
                std::vector<std::string>& texts) {
  if (record.contains("text")) return texts.push_back(data::string_field(record, "text", place));
  if (!record.contains("messages")) {
    data::throw_line_error(place, "", "a record with `text` or `messages`", "neither");
  }
  for (text::Message& message : data::messages_field(record, "messages", place)) {
    texts.push_back(std::move(message.content));
  }
}

void add_texts(const std::filesystem::path& file, std::vector<std::string>& texts) {
  if (is_json_lines(file)) {
    return data::for_each_json_line(
        file, [&](const nlohmann::json& record, const data::LinePlace& place) {
          add_record(record, place, texts);
        });
  }
  data::for_each_document(file, [&](const std::string& document) { texts.push_back(document); });
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
                                 ".jsonl with `text` or `messages`, or .txt; plain or .gz");
      },
      [&](const TokenizerSettings& settings, const Run& run) {
        std::vector<std::string> texts;
        for (const std::string& file : files) add_texts(file, texts);
        log_info("texts: " + format_count(std::ssize(texts)));
        text::train_tokenizer(texts, settings.training, folder);
        run.out << "tokenizer: " << folder.string() << "\n";
      });
}

}  // namespace tess2::app
