#include "data/synth/write.h"

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <span>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/settings.h"
#include "data/synth/phrase.h"
#include "data/synth/split.h"
#include "data/synth/story.h"
#include "data/synth/task_choice.h"

namespace tess2::data::synth {
namespace {

using Json = nlohmann::ordered_json;
using Lines = std::vector<std::string>;

constexpr std::array<Split, 3> kSplits{Split::kTrain, Split::kValidation, Split::kTest};

/// Lines or numbers of lines by split.
template <class T>
using BySplit = std::array<T, kSplits.size()>;

template <class T>
T& of(BySplit<T>& values, Split split) {
  return values[static_cast<std::size_t>(split)];
}

/// A record, and what decides its split.
struct Candidate {
  std::string about;
  Json record;
};

/// One kind of record. Kinds are numbered so that no two share random numbers.
struct Kind {
  std::string name;
  std::uint64_t number;
  std::function<Candidate(Rng&)> draw;
};

constexpr std::uint64_t kStoryKind = 0;
constexpr std::uint64_t kPairKind = 1;
constexpr std::uint64_t kFirstTaskKind = 2;
constexpr int kKindShift = 40;

Json message(std::string_view role, std::string_view content) {
  return Json{{"role", role}, {"content", content}};
}

Json dialogue(std::string_view prompt, std::string_view reply) {
  return Json::array({message("user", prompt), message("assistant", reply)});
}

Candidate draw_story_record(Rng& rng) {
  Story story = tell_story(rng);
  Json record{{"text", story.text}};
  return {std::move(story.text), std::move(record)};
}

Candidate draw_pair_record(Rng& rng) {
  static constexpr std::array<std::string_view, 3> kPhrasings{
      "Tell me a story about {words}.", "Write a story about {words}.",
      "I want to hear a story about {words}."};
  Rng same = rng;
  const Story happy = tell_story(rng, {.outcome = StoryStyle::Outcome::kHappy});
  const Story sad = tell_story(same, {.outcome = StoryStyle::Outcome::kSad});
  std::vector<std::string> words{happy.hero};
  if (!happy.thing.empty()) words.push_back("the " + happy.thing);
  words.push_back("the " + happy.place);
  const std::string about = enumerate(words);
  const std::string prompt = fill(rng.pick(kPhrasings), {{"words", about}});
  return {about,
          Json{{"chosen", dialogue(prompt, happy.text)}, {"rejected", dialogue(prompt, sad.text)}}};
}

Candidate draw_instruction_record(const TaskFamily& family, const TaskSizes& sizes, Rng& rng) {
  const Instruction task = draw_instruction(family, sizes, rng);
  Json record{{"messages", dialogue(task.prompt, task.reply)},
              {"task", task.task},
              {"answer", task.answer}};
  return {task.task + " " + task.problem, std::move(record)};
}

/// How many candidates are drawn before there seem to be too few: a held-out split gets one in
/// twenty, and small families repeat themselves.
std::uint64_t most_candidates(const BySplit<std::int64_t>& counts) {
  return static_cast<std::uint64_t>(1000 + 2 * counts[0] + 400 * (counts[1] + counts[2]));
}

bool is_full(const BySplit<Lines>& lines, const BySplit<std::int64_t>& counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (std::ssize(lines[i]) < counts[i]) return false;
  }
  return true;
}

/// Draws candidates 0, 1, 2, ... of a kind and puts each into its split until all are full.
BySplit<Lines> draw_records(const Kind& kind, std::int64_t seed, BySplit<std::int64_t> counts) {
  BySplit<Lines> lines;
  std::set<std::string> held_out;
  const std::uint64_t most = most_candidates(counts);
  for (std::uint64_t i = 0; !is_full(lines, counts); ++i) {
    if (i == most) {
      throw UsageError(kind.name + ": expected " + std::to_string(counts[1]) +
                       " different held-out records, found fewer (allow larger problems)");
    }
    Rng rng(static_cast<std::uint64_t>(seed), Stream::kSynthetic, kind.number << kKindShift | i);
    const Candidate candidate = kind.draw(rng);
    const Split split = split_of(candidate.about);
    if (std::ssize(of(lines, split)) >= of(counts, split)) continue;
    std::string line = candidate.record.dump();
    if (split != Split::kTrain && !held_out.insert(line).second) continue;
    of(lines, split).push_back(std::move(line));
  }
  return lines;
}

/// The lines of the tasks in turns, which are as many as `share_out` gives each.
Lines take_turns(std::span<const TaskTurns> tasks, std::span<const Lines> lines) {
  std::size_t total = 0;
  for (const Lines& of_task : lines) total += of_task.size();
  Lines merged;
  std::vector<std::size_t> used(tasks.size());
  for (std::size_t i = 0; merged.size() < total; i = (i + 1) % tasks.size()) {
    for (auto turns = tasks[i].turns; turns > 0 && used[i] < lines[i].size(); --turns) {
      merged.push_back(lines[i][used[i]++]);
    }
  }
  return merged;
}

BySplit<Lines> draw_task(const TaskFamily& family, const SynthSettings& settings,
                         const BySplit<std::int64_t>& counts) {
  const auto number = kFirstTaskKind + static_cast<std::uint64_t>(&family - task_families().data());
  const Kind kind{"task " + std::string(family.name), number,
                  [&](Rng& rng) { return draw_instruction_record(family, settings.sizes, rng); }};
  return draw_records(kind, settings.seed, counts);
}

BySplit<Lines> draw_instructions(const SynthSettings& settings) {
  settings.sizes.require_consistent();
  const auto tasks = choose_tasks(settings.tasks);
  const auto train = share_out(settings.instructions, tasks);
  const auto held_out = share_out(settings.instructions_held_out, tasks);
  BySplit<std::vector<Lines>> lines;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    auto drawn = draw_task(*tasks[i].family, settings, {train[i], held_out[i], held_out[i]});
    for (const Split split : kSplits) of(lines, split).push_back(std::move(of(drawn, split)));
  }
  BySplit<Lines> merged;
  for (const Split split : kSplits) of(merged, split) = take_turns(tasks, of(lines, split));
  return merged;
}

void write_lines(const std::filesystem::path& file, const Lines& lines) {
  write_file_atomically(file, [&](std::ostream& out) {
    for (const auto& line : lines) out << line << '\n';
  });
}

void write_splits(const std::filesystem::path& folder, const std::string& name,
                  BySplit<Lines> lines, std::span<const Split> splits) {
  for (const Split split : splits) {
    write_lines(folder / (name + "." + std::string(split_name(split)) + ".jsonl"),
                of(lines, split));
  }
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw FileError(folder, "cannot be made: " + problem.message());
}

}  // namespace

void SynthSettings::bind(SettingsBinder& b) {
  b.field("seed", seed, "seed that decides every record").at_least(0);
  b.field("stories", stories, "stories for training").at_least(1);
  b.field("stories_held_out", stories_held_out, "stories for validation, and as many for testing")
      .at_least(0);
  b.field("instructions", instructions, "instructions for training, over all tasks").at_least(1);
  b.field("instructions_held_out", instructions_held_out,
          "instructions for validation, and as many for testing")
      .at_least(0);
  b.field("pairs", pairs, "preference pairs for training").at_least(1);
  b.field("pairs_held_out", pairs_held_out, "preference pairs for validation").at_least(0);
  b.field("tasks", tasks,
          "families of instructions, or sets of them (basic, arithmetic, planning), which take "
          "turns; NAME=3 "
          "takes three; none named: basic");
  b.group("sizes", sizes, "how large the problems of each task may get");
}

void write_synthetic_data(const SynthSettings& settings, const std::filesystem::path& folder) {
  const Kind stories{"stories", kStoryKind, draw_story_record};
  const Kind pairs{"pairs", kPairKind, draw_pair_record};
  const auto instruction_lines = draw_instructions(settings);
  const auto story_lines =
      draw_records(stories, settings.seed,
                   {settings.stories, settings.stories_held_out, settings.stories_held_out});
  const auto pair_lines =
      draw_records(pairs, settings.seed, {settings.pairs, settings.pairs_held_out, 0});
  make_folder(folder);
  write_splits(folder, "stories", story_lines, kSplits);
  write_splits(folder, "instructions", instruction_lines, kSplits);
  write_splits(folder, "pairs", pair_lines, std::span(kSplits).first(2));
}

}  // namespace tess2::data::synth
