#include "eval/infilling.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/synth/check.h"
#include "eval/answerer.h"

namespace tess2::eval {
namespace {

constexpr std::int64_t kSpare = 4;

struct Word {
  std::size_t begin, end;
};

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 127 || std::isalnum(byte) != 0;
}

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_word_byte(text[i])) continue;
    const bool begins = words.empty() || words.back().end < i;
    if (begins) words.push_back({i, i});
    words.back().end = i + 1;
  }
  return words;
}

// `count` of `words` in their order, every such choice being equally likely.
std::vector<Word> choose(const std::vector<Word>& words, std::size_t count, Rng& rng) {
  std::vector<Word> chosen;
  std::size_t wanted = count;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (rng.below(words.size() - i) >= wanted) continue;
    chosen.push_back(words[i]);
    --wanted;
  }
  return chosen;
}

std::int64_t tokens_of(std::string_view text, const Word& word, const text::Tokenizer& tokenizer) {
  const bool spaced = word.begin > 0 && text[word.begin - 1] == ' ';
  const std::size_t begin = spaced ? word.begin - 1 : word.begin;
  const std::string_view written = text.substr(begin, word.end - begin);
  return std::ssize(word.begin == 0 ? tokenizer.encode(written)
                                    : tokenizer.encode_continuation(written));
}

InfillText infill_text(const nlohmann::json& record, const data::LinePlace& place) {
  if (record.contains("text")) return {data::string_field(record, "text", place), {}, "", ""};
  InfillText text;
  text.context = data::messages_field(record, "messages", place);
  if (text.context.back().role != "assistant") {
    data::throw_line_error(place, "messages", "an answer at the end", "none");
  }
  text.text = text.context.back().content;
  text.context.pop_back();
  if (!record.contains("task")) return text;
  text.task = task_field(record, text.context, place);
  text.answer = data::string_field(record, "answer", place);
  return text;
}

// A text in work.
struct Filling {
  const InfillText* source;
  std::uint64_t seed;
  std::vector<std::string> words;
  generate::InfillCanvas canvas;
};

void count(const Filling& filling, const generate::Session& session, InfillingScore& score) {
  const generate::FilledText filled = filling.canvas.fill(session.tokens());
  std::int64_t right = 0;
  for (std::size_t i = 0; i < filling.words.size(); ++i) {
    right += filled.holes[i].text == filling.words[i] ? 1 : 0;
  }
  const std::int64_t holes = std::ssize(filling.words);
  score.words.right += right;
  score.words.total += holes;
  score.texts.right += right == holes ? 1 : 0;
  ++score.texts.total;
  score.steps += session.steps_taken();
  const InfillText& source = *filling.source;
  if (source.task.empty()) return;
  const bool holds = data::synth::check_answer(
      source.task,
      {.prompt = last_content(source.context), .answer = source.answer, .output = filled.text});
  score.answers.right += holds ? 1 : 0;
  ++score.answers.total;
}

void run_all(const std::vector<Filling>& fillings, const generate::SessionHost& host,
             generate::SessionSettings settings, InfillingScore& score) {
  generate::SessionJobs jobs;
  jobs.start = [&](std::size_t i) {
    settings.seed = fillings[i].seed;
    return host.start(fillings[i].canvas.layout(), settings);
  };
  jobs.ended = [&](std::size_t i, const generate::Session& session) {
    count(fillings[i], session, score);
  };
  generate::run_sessions(fillings.size(), jobs);
}

std::string percent(const Share& share) {
  if (share.total == 0) return "                       -";
  const Interval interval = share.interval();
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "  %5.1f %% (%5.1f to %5.1f)", 100 * share.rate(),
                100 * interval.low, 100 * interval.high);
  return buffer.data();
}

}  // namespace

std::vector<InfillText> read_infill_texts(const std::filesystem::path& file, std::int64_t limit) {
  std::vector<InfillText> texts;
  data::for_each_json_line(file, [&](const nlohmann::json& record, const data::LinePlace& place) {
    if (limit > 0 && std::ssize(texts) >= limit) return;
    texts.push_back(infill_text(record, place));
  });
  return texts;
}

std::optional<HoledText> hide_words(std::string_view text, std::int64_t holes, bool elastic,
                                    const text::Tokenizer& tokenizer, Rng& rng) {
  const std::vector<Word> words = words_of(text);
  if (std::ssize(words) < holes) return std::nullopt;
  HoledText result;
  std::size_t at = 0;
  for (const Word& word : choose(words, static_cast<std::size_t>(holes), rng)) {
    const std::int64_t tokens = tokens_of(text, word, tokenizer);
    result.parts.texts.emplace_back(text.substr(at, word.begin - at));
    result.parts.holes.push_back({elastic ? 1 : tokens, elastic ? tokens + kSpare : tokens});
    result.words.emplace_back(text.substr(word.begin, word.end - word.begin));
    at = word.end;
  }
  result.parts.texts.emplace_back(text.substr(at));
  return result;
}

InfillingScore evaluate_infilling(const std::vector<InfillText>& texts,
                                  const generate::SessionHost& host,
                                  const InfillingOptions& options) {
  InfillingScore score;
  std::vector<Filling> fillings;
  const auto finish_batch = [&](std::size_t done) {
    run_all(fillings, host, options.session, score);
    fillings.clear();
    if (options.on_batch) options.on_batch(static_cast<std::int64_t>(done));
  };
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Rng rng(options.seed, Stream::kSynthetic, i);
    auto holed = hide_words(texts[i].text, options.holes, options.elastic, host.tokenizer(), rng);
    if (holed) {
      generate::InfillCanvas canvas(std::move(holed->parts), texts[i].context, host.tokenizer(), 0);
      fillings.push_back(
          {&texts[i], prompt_seed(options.seed, i), std::move(holed->words), std::move(canvas)});
    }
    if (std::ssize(fillings) == options.batch || i + 1 == texts.size()) finish_batch(i + 1);
  }
  return score;
}

std::string infilling_header() {
  return "holes          words (95 % interval)    texts                    answers                 "
         "   steps\n";
}

std::string infilling_row(const InfillingOptions& options, const InfillingScore& score) {
  std::string name = std::to_string(options.holes) + (options.elastic ? " elastic" : " fixed");
  name.resize(10, ' ');
  std::array<char, 32> steps{};
  std::snprintf(steps.data(), steps.size(), "  %7.1f\n",
                Score{score.texts, score.steps}.mean_steps());
  return name + percent(score.words) + percent(score.texts) + percent(score.answers) + steps.data();
}

}  // namespace tess2::eval
