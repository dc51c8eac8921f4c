#include "eval/likelihood/texts.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/error.h"
#include "data/input_files.h"
#include "data/records.h"
#include "eval/questions.h"

namespace tess2::eval {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using text::TokenId;

// What an evaluation kept in a folder, its tasks' and its sweeps' folders.
std::vector<fs::path> record_files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("records-") && name.ends_with(".jsonl")) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<fs::path> files_of(const std::vector<std::string>& inputs) {
  std::vector<fs::path> files;
  for (const std::string& input : inputs) {
    auto found = fs::is_directory(input) ? record_files_below(input) : std::vector<fs::path>();
    if (found.empty()) found = data::find_inputs(input);
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

// The prompt of an answer: `messages` up to the user's last, or `prompt` as a user's message.
std::vector<text::Message> question_of(const json& record, const data::LinePlace& place) {
  if (record.contains("messages")) return question_messages(record, place);
  return {{"user", data::string_field(record, "prompt", place)}};
}

SourceText last_answer(const json& record, const data::LinePlace& place) {
  auto messages = data::messages_field(record, "messages", place);
  if (messages.back().role != "assistant") {
    data::throw_line_error(place, "messages", "an answer at the end", "none");
  }
  SourceText source{{}, "", messages.back().content, place};
  messages.pop_back();
  source.question = std::move(messages);
  return source;
}

SourceText source_of(const json& record, const data::LinePlace& place) {
  const auto has = [&](const char* key) { return record.contains(key); };
  const auto field = [&](const char* key) { return data::string_field(record, key, place); };
  if (has("output")) return {{}, field("prompt"), field("output"), place};
  if (has("reply")) return {question_of(record, place), "", field("reply"), place};
  const bool answers = has("prompt") || has("messages");
  if (has("text") && answers) return {question_of(record, place), "", field("text"), place};
  if (has("text")) return {{}, "", field("text"), place};
  if (has("messages")) return last_answer(record, place);
  data::throw_line_error(place, "", "`text`, `messages`, `reply` or `output`", "none of them");
}

// A text file longer than a piece is read in several.
void add_record(const data::Record& record, std::vector<SourceText>& texts) {
  if (record.kind == data::InputKind::kJsonLines) {
    texts.push_back(source_of(data::parse_json_line(record.text, record.place), record.place));
  } else if (record.begins) {
    texts.push_back({{}, "", record.text, record.place});
  } else {
    texts.back().text += record.text;
  }
}

std::vector<TokenId> given_ids(const SourceText& source, const text::Tokenizer& tokenizer) {
  if (!source.before.empty()) {
    auto ids = tokenizer.encode(source.before);
    if (ids.front() != tokenizer.bos()) ids.insert(ids.begin(), tokenizer.bos());
    return ids;
  }
  if (source.question.empty()) return {tokenizer.bos()};
  return text::encode_prompt(source.question, tokenizer);
}

std::vector<TokenId> text_ids(const SourceText& source, const text::Tokenizer& tokenizer) {
  const bool stands_alone = source.before.empty() && source.question.empty();
  auto ids =
      stands_alone ? tokenizer.encode(source.text) : tokenizer.encode_continuation(source.text);
  ids.push_back(tokenizer.eos());
  return ids;
}

std::int64_t count_words(const std::string& text) {
  std::istringstream in(text);
  std::int64_t words = 0;
  for (std::string word; in >> word;) ++words;
  return words;
}

// The scored part as text, without the end token.
std::string scored_part(const std::vector<TokenId>& ids, std::int64_t first,
                        const text::Tokenizer& tokenizer) {
  auto end = ids.end();
  if (ids.back() == tokenizer.eos()) --end;
  return tokenizer.decode(std::vector<TokenId>(ids.begin() + first, end));
}

}  // namespace

std::vector<SourceText> read_source_texts(const std::vector<std::string>& inputs,
                                          std::int64_t limit) {
  data::RecordReader reader(files_of(inputs));
  std::vector<SourceText> texts;
  for (data::Record record; reader.next(record);) {
    if (limit > 0 && record.begins && std::ssize(texts) == limit) break;
    add_record(record, texts);
  }
  return texts;
}

ScoredText encode_source_text(const SourceText& source, const text::Tokenizer& tokenizer,
                              const EncodeOptions& options) {
  std::vector<TokenId> ids = given_ids(source, tokenizer);
  const std::vector<TokenId> own = text_ids(source, tokenizer);
  ScoredText scored;
  scored.first = std::ssize(ids);
  if (source.before.empty() && source.question.empty()) {
    scored.first += static_cast<std::int64_t>(options.given * static_cast<double>(own.size()));
  }
  ids.insert(ids.end(), own.begin(), own.end());
  if (scored.first >= options.length) {
    data::throw_line_error(
        source.place, "",
        "fewer given tokens than `length` (" + std::to_string(options.length) + ")",
        std::to_string(scored.first));
  }
  scored.cut = std::ssize(ids) > options.length;
  if (scored.cut) ids.resize(static_cast<std::size_t>(options.length));
  const std::string part = scored_part(ids, scored.first, tokenizer);
  scored.words = count_words(part);
  scored.bytes = std::ssize(part);
  scored.ids.assign(ids.begin(), ids.end());
  return scored;
}

}  // namespace tess2::eval
