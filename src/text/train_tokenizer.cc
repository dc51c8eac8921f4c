#include "text/train_tokenizer.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string_view>
#include <system_error>
#include <unordered_map>

#include "core/error.h"
#include "core/file.h"
#include "text/special_tokens.h"
#include "text/tokenizer_config.h"
#include "text/utf8.h"

namespace tess2::text {
namespace {

constexpr std::string_view kConfig = R"({
  "tokenizer_class": "LlamaTokenizer",
  "bos_token": "<s>",
  "eos_token": "</s>",
  "unk_token": "<unk>",
  "add_bos_token": true,
  "add_eos_token": false,
  "legacy": true,
  "clean_up_tokenization_spaces": false
}
)";

constexpr int kSpecialTokens = 3;
constexpr int kByteTokens = 256;

// The lines of the texts, the units that training counts in.
class Lines final : public sentencepiece::SentenceIterator {
 public:
  explicit Lines(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) add(text);
  }
  bool done() const override { return at_ == lines_.size(); }
  void Next() override { ++at_; }
  const std::string& value() const override { return lines_[at_]; }
  sentencepiece::util::Status status() const override { return {}; }
  const std::vector<std::string>& all() const { return lines_; }

 private:
  void add(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      if (end > 0) lines_.emplace_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  std::vector<std::string> lines_;
  std::size_t at_ = 0;
};

void add_characters(std::string_view text, std::set<std::string_view>& characters) {
  while (!text.empty()) {
    const std::size_t length = std::max(utf8_length(text), std::size_t{1});
    characters.insert(text.substr(0, length));
    text.remove_prefix(length);
  }
}

// Distinct characters of the lines outside the symbols; a space, which stands in front of each
// line, is one.
std::int64_t count_characters(const std::vector<std::string>& lines,
                              const std::vector<std::string>& symbols) {
  SpecialTokens matcher;
  for (const std::string& symbol : symbols) matcher.add(symbol, 0);
  std::set<std::string_view> characters = {" "};
  for (const std::string_view line : lines) {
    std::size_t at = 0;
    while (const auto symbol = matcher.find(line, at)) {
      add_characters(line.substr(at, symbol->begin - at), characters);
      at = symbol->end;
    }
    add_characters(line.substr(at), characters);
  }
  return static_cast<std::int64_t>(characters.size());
}

void check_symbols(const std::vector<std::string>& symbols) {
  std::set<std::string_view> taken = {"<unk>", "<s>", "</s>"};
  for (const std::string& symbol : symbols) {
    if (!symbol.empty() && is_utf8(symbol) && taken.insert(symbol).second) continue;
    throw UsageError("symbols: expected UTF-8 strings, each once and none a special token, found " +
                     in_quotes(symbol));
  }
}

// Symbols as one line of comma-separated values.
std::string joined(const std::vector<std::string>& symbols) {
  std::string out;
  for (const std::string& symbol : symbols) {
    if (!out.empty()) out += ',';
    out += '"';
    for (const char c : symbol) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    out += '"';
  }
  return out;
}

std::unordered_map<std::string, std::string> options(const TokenizerTraining& settings) {
  return {{"model_type", "bpe"},
          {"vocab_size", std::to_string(settings.vocab_size)},
          {"hard_vocab_limit", "false"},
          {"character_coverage", "1.0"},
          {"byte_fallback", "true"},
          {"split_digits", "true"},
          {"allow_whitespace_only_pieces", "true"},
          {"normalization_rule_name", "identity"},
          {"add_dummy_prefix", "true"},
          {"remove_extra_whitespaces", "false"},
          {"unk_id", "0"},
          {"bos_id", "1"},
          {"eos_id", "2"},
          {"pad_id", "-1"},
          {"user_defined_symbols", joined(settings.symbols)},
          {"max_sentence_length", "1073741824"},
          {"num_threads", "1"},
          {"minloglevel", "3"}};
}

std::string train(Lines& lines, const TokenizerTraining& settings) {
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(options(settings), &lines, &model);
  if (!status.ok()) throw Error("tokenizer training: " + in_quotes(status.ToString(), 400));
  return model;
}

void check_lower_bound(const Lines& lines, const TokenizerTraining& settings) {
  const std::int64_t least = kSpecialTokens + kByteTokens +
                             count_characters(lines.all(), settings.symbols) +
                             static_cast<std::int64_t>(settings.symbols.size());
  if (settings.vocab_size >= least) return;
  throw UsageError("vocab_size: expected at least " + std::to_string(least) +
                   " for these texts, found " + std::to_string(settings.vocab_size));
}

void check_upper_bound(const std::string& model, const TokenizerTraining& settings) {
  sentencepiece::SentencePieceProcessor processor;
  const auto status = processor.LoadFromSerializedProto(model);
  if (!status.ok()) throw Error("tokenizer training: " + in_quotes(status.ToString(), 400));
  const std::int64_t reached = processor.GetPieceSize();
  if (reached >= settings.vocab_size) return;
  throw UsageError("vocab_size: expected at most " + std::to_string(reached) +
                   " for these texts, found " + std::to_string(settings.vocab_size));
}

}  // namespace

void train_tokenizer(const std::vector<std::string>& texts, const TokenizerTraining& settings,
                     const std::filesystem::path& folder) {
  Lines lines(texts);
  if (lines.done()) throw Error("tokenizer training: the texts are empty");
  check_symbols(settings.symbols);
  check_lower_bound(lines, settings);
  const std::string model = train(lines, settings);
  check_upper_bound(model, settings);
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw FileError(folder, problem.message());
  write_file_atomically(folder / kModelFile, [&](std::ostream& out) { out << model; });
  write_file_atomically(folder / kConfigFile, [](std::ostream& out) { out << kConfig; });
}

}  // namespace tess2::text
