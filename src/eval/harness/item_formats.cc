#include "eval/harness/item_formats.h"

#include <array>
#include <utility>

#include "core/error.h"
#include "eval/metrics/extraction.h"
#include "eval/metrics/ifeval.h"
#include "eval/questions.h"
#include "text/utf8.h"

namespace tess2::eval {
namespace {

using data::LinePlace;
using data::string_field;
using data::throw_line_error;
using nlohmann::json;
using DocumentJson = JsonDocument::Json;

Item make_item(Fields fields, json gold, const LinePlace& place) {
  Item item;
  item.fields = std::move(fields);
  item.gold = std::move(gold);
  item.place = place;
  return item;
}

// The calculator's marks of a GSM8K solution, `<<48/2=24>>`, and the text without them.
struct MarkedSolution {
  std::string text;
  std::string chain;  ///< the marks, a space between them
};

MarkedSolution take_marks(std::string_view solution) {
  MarkedSolution taken;
  while (!solution.empty()) {
    const std::size_t open = solution.find("<<");
    const std::size_t close = open == std::string_view::npos ? open : solution.find(">>", open);
    taken.text += solution.substr(0, close == std::string_view::npos ? close : open);
    if (close == std::string_view::npos) break;
    taken.chain += taken.chain.empty() ? "" : " ";
    taken.chain += solution.substr(open, close + 2 - open);
    solution.remove_prefix(close + 2);
  }
  return taken;
}

// A list of texts; at least one.
std::vector<std::string> texts_field(const json& object, const std::string& key,
                                     const LinePlace& place) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array() || found->empty()) {
    throw_line_error(place, key, "a list of at least one text",
                     found == object.end() ? "nothing" : found->dump());
  }
  std::vector<std::string> texts;
  for (const json& text : *found) {
    if (!text.is_string()) throw_line_error(place, key, "a list of texts", found->dump());
    texts.push_back(text);
  }
  return texts;
}

json object_field(const json& object, const std::string& key, const LinePlace& place) {
  const auto found = object.find(key);
  if (found != object.end() && found->is_object()) return *found;
  throw_line_error(place, key, "an object", found == object.end() ? "nothing" : found->type_name());
}

std::string answer_field(const json& record, std::string_view key, const LinePlace& place) {
  std::string answer = string_field(record, key, place);
  if (text::strip(answer).empty()) throw_line_error(place, key, "an answer", "empty text");
  return answer;
}

Item squad_item(const std::string& title, const std::string& context, const DocumentJson& node,
                const JsonDocument& document) {
  const LinePlace place = document.place(node);
  const json record = node;
  std::vector<std::string> answers;
  for (const DocumentJson& answer : document.array(node, "answers")) {
    answers.push_back(string_field(json(answer), "text", document.place(answer)));
  }
  if (answers.empty()) throw_line_error(place, "answers", "at least one answer", "none");
  Fields fields{{"title", title},
                {"context", context},
                {"question", string_field(record, "question", place)},
                {"answer", answers.front()}};
  return make_item(std::move(fields),
                   {{"id", string_field(record, "id", place)}, {"answers", answers}}, place);
}

Item triviaqa_item(const json& record, const LinePlace& place) {
  const json answer = object_field(record, "Answer", place);
  std::vector<std::string> answers = texts_field(answer, "Aliases", place);
  const std::string value = answer_field(answer, "Value", place);
  answers.insert(answers.begin(), value);
  Fields fields{{"question", string_field(record, "Question", place)}, {"answer", value}};
  return make_item(std::move(fields),
                   {{"id", string_field(record, "QuestionId", place)}, {"answers", answers}},
                   place);
}

}  // namespace

Item gsm8k_item(const json& record, const LinePlace& place) {
  const std::string solution = string_field(record, "answer", place);
  const auto answer = gsm8k_gold(solution);
  if (!answer || answer->empty()) {
    throw_line_error(place, "answer", "a solution that ends with `#### ` and a number", "none");
  }
  const auto [text, chain] = take_marks(solution.substr(0, solution.find("####")));
  Fields fields{{"question", std::string(text::strip(string_field(record, "question", place)))},
                {"solution", std::string(text::strip(text))},
                {"chain", chain},
                {"answer", *answer}};
  return make_item(std::move(fields), {{"answer", *answer}}, place);
}

Item ifeval_item(const json& record, const LinePlace& place) {
  const IfevalPrompt read =
      parse_ifeval_prompt(record, place.file, "line " + std::to_string(place.number));
  json gold;
  for (const char* key : {"prompt", "instruction_id_list", "kwargs"}) gold[key] = record.at(key);
  return make_item({{"prompt", read.prompt}}, std::move(gold), place);
}

Item humaneval_item(const json& record, const LinePlace& place) {
  json gold;
  for (const char* key : {"task_id", "prompt", "test", "entry_point"}) {
    gold[key] = answer_field(record, key, place);
  }
  Fields fields{{"prompt", gold["prompt"]},
                {"name", gold["entry_point"]},
                {"solution", answer_field(record, "canonical_solution", place)}};
  return make_item(std::move(fields), std::move(gold), place);
}

Item instruction_item(const json& record, const LinePlace& place) {
  auto [task, messages, answer, where] = read_question(record, place);
  Item item =
      make_item({{"question", messages.back().content}, {"answer", answer}},
                {{"task", task}, {"prompt", messages.back().content}, {"answer", answer}}, place);
  messages.pop_back();
  item.context = std::move(messages);
  item.subtask = task;
  return item;
}

std::vector<Item> bbh_items(const JsonDocument& document) {
  std::vector<Item> items;
  for (const DocumentJson& node : document.array(document.root(), "examples")) {
    const LinePlace place = document.place(node);
    const json record = node;
    const std::string target = answer_field(record, "target", place);
    items.push_back(make_item({{"input", string_field(record, "input", place)}, {"target", target}},
                              {{"answer", target}}, place));
  }
  return items;
}

std::vector<Item> squad_items(const JsonDocument& document) {
  std::vector<Item> items;
  for (const DocumentJson& article : document.array(document.root(), "data")) {
    const std::string title = string_field(json(article), "title", document.place(article));
    for (const DocumentJson& paragraph : document.array(article, "paragraphs")) {
      const auto& questions = document.array(paragraph, "qas");
      const std::string context =
          string_field(json(paragraph), "context", document.place(paragraph));
      for (const DocumentJson& question : questions) {
        items.push_back(squad_item(title, context, question, document));
      }
    }
  }
  return items;
}

std::vector<Item> triviaqa_items(const JsonDocument& document) {
  std::vector<Item> items;
  for (const DocumentJson& node : document.array(document.root(), "Data")) {
    items.push_back(triviaqa_item(json(node), document.place(node)));
  }
  return items;
}

std::vector<Item> alpaca_eval_items(const JsonDocument& document) {
  std::vector<Item> items;
  for (const DocumentJson& node : document.array(document.root(), "")) {
    const LinePlace place = document.place(node);
    const json record = node;
    json gold;
    for (const char* key : {"instruction", "dataset", "output"}) {
      gold[key] = string_field(record, key, place);
    }
    const std::string instruction = gold["instruction"];
    items.push_back(make_item({{"instruction", instruction}}, std::move(gold), place));
  }
  return items;
}

Item mmlu_item(const TableRow& row, const std::string& subject) {
  constexpr std::array<const char*, 6> kCells{"question", "a", "b", "c", "d", "answer"};
  if (row.cells.size() != kCells.size()) {
    throw_line_error(row.place, "", "question, four choices and the answer",
                     std::to_string(row.cells.size()) + " cells");
  }
  Fields fields;
  for (std::size_t i = 0; i < kCells.size(); ++i) fields[kCells[i]] = row.cells[i];
  const std::string answer = fields["answer"];
  if (answer.size() != 1 || answer[0] < 'A' || answer[0] > 'D') {
    throw_line_error(row.place, "answer", "A, B, C or D", answer.empty() ? "nothing" : answer);
  }
  for (const char c : subject) fields["subject"] += c == '_' ? ' ' : c;
  return make_item(std::move(fields), {{"answer", answer}}, row.place);
}

}  // namespace tess2::eval
