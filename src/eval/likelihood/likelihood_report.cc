#include "eval/likelihood/likelihood_report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace tess2::eval {
namespace {

using Json = nlohmann::ordered_json;

template <class... Arguments>
std::string formatted(const char* format, Arguments... arguments) {
  std::array<char, 160> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, arguments...);
  return buffer.data();
}

// `  3.214   3.100 to   3.300`, times `scale`.
std::string cells(const Estimate& estimate, double scale = 1.0) {
  const std::string value = formatted("  %8.3f  ", scale * estimate.value);
  if (!estimate.interval) return value + "     (one text)  ";
  return value + formatted("%8.3f to %8.3f", scale * estimate.interval->low,
                           scale * estimate.interval->high);
}

std::string level_head(bool self_conditioned) {
  std::string head = "t/T                 loss       95 % interval";
  if (self_conditioned) head += "    self-c.       95 % interval";
  return head + "   steps     bound       95 % interval\n";
}

std::string level_row(const LevelEstimate& level, bool self_conditioned) {
  std::string row = formatted("%.3f to %.3f", level.from, level.to) + cells(level.loss);
  if (self_conditioned) row += cells(level.self_loss);
  return row + formatted("  %6.3f", level.step_cost.value) + cells(level.bound) + "\n";
}

std::string perplexity_rows(const Perplexity& perplexity, const std::string& at_most) {
  return "nats a token        " + at_most + cells(perplexity.nats_per_token) + "\n" +
         "perplexity a token  " + at_most + cells(perplexity.per_token) + "\n" +
         "perplexity a word   " + at_most + cells(perplexity.per_word) + "\n" +
         "bits a byte         " + at_most + cells(perplexity.bits_per_byte) + "\n";
}

Json json_of(const Estimate& estimate) {
  Json json{{"value", estimate.value}, {"low", nullptr}, {"high", nullptr}};
  if (estimate.interval) {
    json["low"] = estimate.interval->low;
    json["high"] = estimate.interval->high;
  }
  return json;
}

Json json_of(const Perplexity& perplexity) {
  return {{"texts", perplexity.texts},
          {"tokens", perplexity.tokens},
          {"nats_per_token", json_of(perplexity.nats_per_token)},
          {"per_token", json_of(perplexity.per_token)},
          {"per_word", json_of(perplexity.per_word)},
          {"bits_per_byte", json_of(perplexity.bits_per_byte)}};
}

Json json_of(const ReportSource& source, const char* kind) {
  return {{"kind", kind},
          {"model", source.model},
          {"data", source.data},
          {"seed", source.seed},
          {"settings", source.settings}};
}

Json json_of(const LevelEstimate& level, bool self_conditioned) {
  Json json{{"from", level.from}, {"to", level.to}, {"loss", json_of(level.loss)}};
  if (self_conditioned) json["self_loss"] = json_of(level.self_loss);
  json["step_cost"] = json_of(level.step_cost);
  json["bound"] = json_of(level.bound);
  return json;
}

std::string written(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// The first, the last, and about ten between.
bool is_shown(std::int64_t step, std::int64_t steps) {
  const std::int64_t every = std::max<std::int64_t>((steps + 9) / 10, 1);
  return step == 1 || step == steps || step % every == 0;
}

std::string step_table(const SamplesReport& report) {
  if (report.steps.empty()) return "";
  std::string text =
      "step       probability     95 % interval      entropy     95 % interval      settled, %     "
      "95 % interval\n";
  for (const StepEstimate& step : report.steps) {
    if (!is_shown(step.step, std::ssize(report.steps))) continue;
    text += formatted("%-8lld", static_cast<long long>(step.step)) + cells(step.probability) +
            cells(step.entropy) + cells(step.settled, 100.0) + "\n";
  }
  const SettleSteps& settling = report.settling;
  return text + "step at which a place settles" + cells(settling.mean) +
         formatted(";  10 %% by step %lld, 50 %% by %lld, 90 %% by %lld\n\n",
                   static_cast<long long>(settling.tenth), static_cast<long long>(settling.half),
                   static_cast<long long>(settling.nine_tenths));
}

std::string diversity_table(const Diversity& diversity) {
  std::string text = formatted("texts                  %10lld, %lld of them different\n",
                               static_cast<long long>(diversity.texts),
                               static_cast<long long>(diversity.different_texts));
  for (std::size_t n = 1; n <= kDistinctLengths; ++n) {
    text += formatted("distinct-%zu, %%           %8.1f\n", n, 100 * diversity.distinct[n - 1]);
  }
  return text + "repeated 4-grams, %  " + cells(diversity.repetition, 100.0) + "\n" +
         "words a text         " + cells(diversity.words) + "\n";
}

Json json_of(const StepEstimate& step) {
  return {{"step", step.step},
          {"probability", json_of(step.probability)},
          {"entropy", json_of(step.entropy)},
          {"settled", json_of(step.settled)}};
}

}  // namespace

std::string likelihood_table(const LikelihoodReport& report) {
  std::string text;
  if (!report.levels.empty()) text += level_head(report.self_conditioned);
  for (auto level = report.levels.rbegin(); level != report.levels.rend(); ++level) {
    text += level_row(*level, report.self_conditioned);
  }
  if (!report.levels.empty()) text += "\n";
  const std::string at_most = report.is_bound ? "at most" : "";
  text += formatted("%lld texts, %lld tokens", static_cast<long long>(report.perplexity.texts),
                    static_cast<long long>(report.perplexity.tokens));
  if (report.cut_texts > 0) {
    text += formatted(", %lld texts cut at %lld tokens", static_cast<long long>(report.cut_texts),
                      static_cast<long long>(report.length));
  }
  return text + "\n" + perplexity_rows(report.perplexity, at_most);
}

std::string likelihood_json(const LikelihoodReport& report) {
  Json json = json_of(report.source, "likelihood");
  json["bound"] = report.is_bound;
  json["cut_texts"] = report.cut_texts;
  json["length"] = report.length;
  json.update(json_of(report.perplexity));
  json["levels"] = Json::array();
  for (const LevelEstimate& level : report.levels) {
    json["levels"].push_back(json_of(level, report.self_conditioned));
  }
  json["costs"] = Json::array();
  for (const TextCost& cost : report.costs) {
    json["costs"].push_back({{"nats", cost.nats},
                             {"tokens", cost.tokens},
                             {"words", cost.words},
                             {"bytes", cost.bytes}});
  }
  return written(json);
}

std::string samples_table(const SamplesReport& report) {
  std::string text = step_table(report) + diversity_table(report.diversity);
  if (!report.perplexity) return text;
  return text + "under " + report.judge + "\n" + perplexity_rows(*report.perplexity, "");
}

std::string samples_json(const SamplesReport& report) {
  Json json = json_of(report.source, "samples");
  const Diversity& diversity = report.diversity;
  json["texts"] = diversity.texts;
  json["different_texts"] = diversity.different_texts;
  json["distinct"] = diversity.distinct;
  json["repetition"] = json_of(diversity.repetition);
  json["words"] = json_of(diversity.words);
  json["steps"] = Json::array();
  for (const StepEstimate& step : report.steps) json["steps"].push_back(json_of(step));
  json["settle_step"] = {{"mean", json_of(report.settling.mean)},
                         {"tenth", report.settling.tenth},
                         {"half", report.settling.half},
                         {"nine_tenths", report.settling.nine_tenths}};
  json["judge"] = report.judge;
  json["perplexity"] = report.perplexity ? json_of(*report.perplexity) : Json(nullptr);
  json["outputs"] = Json::array();
  for (std::size_t i = 0; i < report.texts.size(); ++i) {
    Json output{{"text", report.texts[i]}};
    if (i < report.seeds.size()) output["seed"] = report.seeds[i];
    json["outputs"].push_back(std::move(output));
  }
  return written(json);
}

}  // namespace tess2::eval
