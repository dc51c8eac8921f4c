// `tess2 tokenize OUT FILE... --tokenizer FOLDER`
#include "data/tokenize.h"

#include <filesystem>

#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "core/log.h"
#include "core/progress.h"
#include "text/tokenizer.h"

namespace tess2::app {
namespace {

struct TokenizeOptions {
  std::filesystem::path out;
  std::vector<std::string> files;
  std::filesystem::path tokenizer;

  void declare(OptionSet& options) {
    options.positional("OUT", out, "folder for the shards; one that was interrupted is finished");
    options.positionals_left("FILE", files,
                             "files, folders or patterns: .jsonl with `text`, or .txt; plain, .gz "
                             "or .zst");
    options.option("-t,--tokenizer", tokenizer, "FOLDER",
                   "folder of the tokenizer, or of a checkpoint with one");
  }
};

void tokenize(const TokenizeOptions& options, const data::TokenizeSettings& settings,
              const Run& run) {
  if (options.tokenizer.empty()) throw UsageError("--tokenizer: expected a folder, found nothing");
  const auto tokenizer = text::load_tokenizer(options.tokenizer);
  const data::Reading reading(settings.reading, [](const std::string& line) { log_warning(line); });
  std::optional<Progress> progress;
  const auto tell = [&](const data::TokenizeProgress& done) {
    if (!progress) {
      progress.emplace("tokenize", static_cast<std::int64_t>(done.stored_bytes));
    }
    progress->update(static_cast<std::int64_t>(done.stored_bytes_read),
                     static_cast<std::int64_t>(done.tokens));
  };
  const data::ShardIndex index =
      data::write_token_shards(options.files, *tokenizer, settings, reading, options.out, tell);
  if (progress) progress->finish();
  if (reading.log->bad_lines() > 0) {
    log_warning("bad lines: " + format_count(reading.log->bad_lines()) + " skipped");
  }
  run.out << "shards: " << options.out.string() << " ("
          << format_count(static_cast<std::int64_t>(index.documents())) << " documents, "
          << format_count(static_cast<std::int64_t>(index.tokens())) << " tokens, "
          << data::name_of(index.type) << ")\n";
}

}  // namespace

int run_tokenize_command(const CommandLine& line) {
  TokenizeOptions options;
  return run_with_settings<data::TokenizeSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const data::TokenizeSettings& settings, const Run& run) {
        tokenize(options, settings, run);
      });
}

}  // namespace tess2::app
