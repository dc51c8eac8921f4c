// Each family's answers are worked out again here from the text of the prompt alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <set>
#include <string>

#include "core/error.h"
#include "data/synth/expression.h"
#include "data/synth/phrase.h"
#include "data/synth/task_test_support.h"
#include "data/synth/words.h"

namespace tess2::data::synth {
namespace {

/// The families whose prompts have several right answers, of which the prompt alone tells.
const std::set<std::string_view> kCheckedByPrompt{"countdown", "sudoku", "path"};

TEST(Tasks, OwnAnswersPassAndCorruptedOnesFail) {
  for (const TaskFamily& family : task_families()) {
    for (int i = 0; i < 500; ++i) {
      const Instruction task = draw(family.name, i);
      EXPECT_EQ(task.task, family.name);
      EXPECT_TRUE(passes(task, task.reply)) << task.prompt;
      EXPECT_FALSE(passes(task, "")) << task.prompt;
      EXPECT_FALSE(passes(task, "no " + task.answer + " no")) << task.prompt;
      Instruction other = task;
      other.answer += "x";
      EXPECT_EQ(passes(other, task.reply), kCheckedByPrompt.contains(family.name)) << task.prompt;
    }
  }
}

TEST(Tasks, TheAnswerAloneIsAReplyToo) {
  for (const TaskFamily& family : task_families()) {
    if (family.name == "story") continue;  // three words are no story
    for (int i = 0; i < 100; ++i) {
      const Instruction task = draw(family.name, i);
      EXPECT_TRUE(passes(task, task.answer)) << task.prompt;
      EXPECT_TRUE(passes(task, task.answer + ".\n")) << task.prompt;
    }
  }
}

TEST(Tasks, ArePureFunctionsOfTheGenerator) {
  for (const TaskFamily& family : task_families()) {
    const Instruction a = draw(family.name, 5), b = draw(family.name, 5), c = draw(family.name, 6);
    EXPECT_EQ(a.prompt, b.prompt);
    EXPECT_EQ(a.reply, b.reply);
    EXPECT_NE(a.prompt, c.prompt);
  }
}

TEST(Tasks, OnePromptIsOneProblemWithOneAnswer) {
  for (const TaskFamily& family : task_families()) {
    // Many stories have the same words, and a target can be reached in many ways.
    if (family.name == "story" || family.name == "countdown") continue;
    std::map<std::string, std::pair<std::string, std::string>> seen;
    for (int i = 0; i < kDraws; ++i) {
      const Instruction task = draw(family.name, i, TaskSizes{});
      const auto [at, fresh] = seen.emplace(task.prompt, std::pair(task.problem, task.answer));
      EXPECT_EQ(at->second, std::pair(task.problem, task.answer)) << task.prompt;
    }
    EXPECT_GT(seen.size(), 100u) << family.name;
  }
}

TEST(Tasks, KeepToTheirSizes) {
  for (int i = 0; i < 500; ++i) {
    const auto words = listed(draw("copy", i, {.max_words = 3}).prompt).size();
    EXPECT_GE(words, 2u);
    EXPECT_LE(words, 3u);
    for (const auto n : numbers_in(draw("addition", i, {.max_digits = 1}).prompt)) EXPECT_LE(n, 9);
    const TaskSizes long_factors{.min_digits = 3, .max_digits = 4};
    for (const auto n : numbers_in(draw("multiplication", i, long_factors).prompt)) {
      EXPECT_GE(n, 100);
      EXPECT_LE(n, 9999);
    }
  }
}

TEST(WordOrder, CopiesReversesAndSorts) {
  for (int i = 0; i < kDraws; ++i) {
    const Instruction copy = draw("copy", i);
    EXPECT_EQ(copy.answer, join(listed(copy.prompt)));
    const Instruction reverse = draw("reverse", i);
    auto words = listed(reverse.prompt);
    std::reverse(words.begin(), words.end());
    EXPECT_EQ(reverse.answer, join(words));
    const Instruction sort = draw("sort", i);
    words = listed(sort.prompt);
    const auto sorted = split_words(sort.answer);
    EXPECT_TRUE(std::is_permutation(words.begin(), words.end(), sorted.begin(), sorted.end()));
    EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end())) << sort.answer;
  }
}

/// The number that a prompt of the family "count" asks for.
std::int64_t counted(const std::string& prompt) {
  std::smatch match;
  if (std::regex_search(prompt, match, std::regex("(?:the word|letters of) (\\w+)[?.]$"))) {
    return match.length(1);
  }
  if (std::regex_search(prompt, match,
                        std::regex("(?:times is|word|see) (\\w+)(?: here| in)?: "))) {
    const auto words = split_words(match.suffix().str());
    return std::count(words.begin(), words.end(), match.str(1));
  }
  const auto numbers = numbers_in(prompt);
  if (numbers.size() == 2) return numbers[0] + numbers[1];
  return static_cast<std::int64_t>(listed(prompt).size());
}

TEST(Counting, CountsWhatThePromptNames) {
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("count", i);
    EXPECT_EQ(task.answer, std::to_string(counted(task.prompt))) << task.prompt;
  }
}

/// Every "a + b + c = d" and "a x b = c" among the steps.
void expect_true_steps(const std::string& reply) {
  for (const auto& step : matches(reply, "[0-9x+ ]+ = [0-9]+")) {
    const auto numbers = numbers_in(step);
    std::int64_t left = step.find('x') == std::string::npos ? 0 : 1;
    for (std::size_t i = 0; i + 1 < numbers.size(); ++i) {
      left = step.find('x') == std::string::npos ? left + numbers[i] : left * numbers[i];
    }
    EXPECT_EQ(left, numbers.back()) << step;
  }
}

TEST(Arithmetic, AnswersAndStepsAreTrue) {
  for (int i = 0; i < kDraws; ++i) {
    const Instruction sum = draw("addition", i);
    const auto terms = numbers_in(sum.prompt);
    ASSERT_EQ(terms.size(), 2u);
    EXPECT_EQ(sum.answer, std::to_string(terms[0] + terms[1])) << sum.prompt;
    expect_true_steps(sum.reply);
    const Instruction product = draw("multiplication", i);
    const auto factors = numbers_in(product.prompt);
    ASSERT_EQ(factors.size(), 2u);
    EXPECT_EQ(product.answer, std::to_string(factors[0] * factors[1])) << product.prompt;
    expect_true_steps(product.reply);
  }
}

TEST(Arithmetic, WritesOutTheStepsOfItsFamily) {
  std::set<std::string> sums, products;
  for (int i = 0; i < kDraws; ++i) {
    const Instruction sum = draw("addition", i, {.max_digits = 1});
    if (sum.problem == "3 9") sums.insert(sum.reply);
    const Instruction product = draw("multiplication", i, {.max_digits = 2});
    if (product.problem == "6 46") products.insert(product.reply);
  }
  EXPECT_EQ(sums.size(), 2u);  // either order
  EXPECT_TRUE(sums.contains("3 + 9 = 12, answer 12"));
  for (const auto& reply : products) {
    EXPECT_EQ(reply, "6 x 40 = 240, 6 x 6 = 36, 240 + 36 = 276, answer 276");
  }
}

TEST(Arithmetic, SubtractsColumnByColumnAndNeverBelowZero) {
  std::set<std::string> replies;
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("subtraction", i);
    auto numbers = numbers_in(task.prompt);
    ASSERT_EQ(numbers.size(), 2u);
    if (task.prompt.starts_with("Subtract") || task.prompt.starts_with("Take")) {
      std::swap(numbers[0], numbers[1]);
    }
    EXPECT_GE(numbers[0], numbers[1]) << task.prompt;
    EXPECT_EQ(task.answer, std::to_string(numbers[0] - numbers[1])) << task.prompt;
    for (const auto& step : matches(task.reply, "[0-9]+ - [0-9- ]+ = [0-9]+")) {
      const auto terms = numbers_in(step);
      std::int64_t left = terms[0];
      for (std::size_t k = 1; k + 1 < terms.size(); ++k) left -= terms[k];
      EXPECT_EQ(left, terms.back()) << task.reply;
    }
    const Instruction small = draw("subtraction", i, {.max_digits = 2});
    if (small.problem == "8 45") replies.insert(small.reply);
  }
  EXPECT_EQ(replies, std::set<std::string>{"15 - 8 = 7, 4 - 0 - 1 = 3, answer 37"});
}

/// A recursive-descent evaluator; "not" binds tightest, then "and", then "or".
class Evaluator {
 public:
  explicit Evaluator(const std::string& text)
      : tokens_(matches(text, "\\(|\\)|not|and|or|true|false")) {}

  bool any() {
    bool value = all();
    while (accept("or")) value = all() || value;
    return value;
  }
  bool finished() const { return at_ == tokens_.size(); }

 private:
  bool accept(std::string_view token) {
    if (finished() || tokens_[at_] != token) return false;
    ++at_;
    return true;
  }
  bool all() {
    bool value = unary();
    while (accept("and")) value = unary() && value;
    return value;
  }
  bool unary() {
    if (accept("not")) return !unary();
    if (accept("(")) {
      const bool value = any();
      EXPECT_TRUE(accept(")"));
      return value;
    }
    if (accept("true")) return true;
    EXPECT_TRUE(accept("false"));
    return false;
  }

  std::vector<std::string> tokens_;
  std::size_t at_ = 0;
};

TEST(Boolean, AgreesWithAnEvaluatorOfTheText) {
  int true_answers = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("boolean", i);
    Evaluator evaluator(task.problem);
    const bool value = evaluator.any();
    EXPECT_TRUE(evaluator.finished());
    EXPECT_NE(task.prompt.find(task.problem), std::string::npos);
    EXPECT_EQ(task.answer, value ? "true" : "false") << task.prompt;
    true_answers += value ? 1 : 0;
  }
  EXPECT_GT(true_answers, kDraws * 2 / 5);
  EXPECT_LT(true_answers, kDraws * 3 / 5);
}

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};

std::chrono::sys_days date_of(const std::string& text) {
  const auto words = split_words(text);
  const auto month = std::find(kMonths.begin(), kMonths.end(), words.at(1)) - kMonths.begin();
  return std::chrono::year(std::stoi(words.at(2))) /
         std::chrono::month(static_cast<unsigned>(month + 1)) /
         std::chrono::day(static_cast<unsigned>(std::stoi(words.at(0))));
}

std::int64_t weekday_of(const std::string& text) {
  for (std::size_t i = 0; i < kWeekdays.size(); ++i) {
    if (text.find(kWeekdays[i]) != std::string::npos) return static_cast<std::int64_t>(i);
  }
  ADD_FAILURE() << "no weekday in " << text;
  return 0;
}

void expect_right_date(const Instruction& task) {
  const std::string& prompt = task.prompt;
  const auto dates = matches(prompt, "[0-9]+ [A-Z][a-z]+ [0-9]{4}");
  const auto spans = matches(prompt, "[0-9]+ days?");
  if (dates.size() == 1) {
    EXPECT_EQ(date_of(task.answer),
              date_of(dates[0]) + std::chrono::days(numbers_in(spans.at(0))[0]))
        << prompt;
    return;
  }
  const auto numbers = numbers_in(prompt);
  const auto days = spans.empty() ? numbers.at(1) - numbers.at(0) : numbers_in(spans[0])[0];
  const std::chrono::weekday first(static_cast<unsigned>(weekday_of(prompt)));
  EXPECT_EQ(kWeekdays[(first + std::chrono::days(days)).c_encoding()], task.answer) << prompt;
}

TEST(Dates, AgreeWithTheCalendar) {
  std::set<std::string> answers;
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("date", i);
    expect_right_date(task);
    answers.insert(task.answer);
  }
  for (const auto weekday : kWeekdays) EXPECT_TRUE(answers.contains(std::string(weekday)));
}

TEST(Swaps, AgreeWithTheSwapsToldInThePrompt) {
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("swap", i);
    std::map<std::string, std::string> has;
    const std::regex owner("(\\w+) has an? (\\w+)"),
        swap("(\\w+) (?:and|swaps with) (\\w+)(?: swap|\\.)");
    const std::size_t end = task.prompt.find('.');
    const std::string owners = task.prompt.substr(0, end), rest = task.prompt.substr(end);
    for (std::sregex_iterator it(owners.begin(), owners.end(), owner), last; it != last; ++it) {
      has[it->str(1)] = it->str(2);
    }
    for (std::sregex_iterator it(rest.begin(), rest.end(), swap), last; it != last; ++it) {
      std::swap(has.at(it->str(1)), has.at(it->str(2)));
    }
    std::smatch asked;
    if (std::regex_search(rest, asked, std::regex("What does (\\w+) have now\\?$"))) {
      EXPECT_EQ(task.answer, has.at(asked.str(1))) << task.prompt;
    } else {
      ASSERT_TRUE(std::regex_search(rest, asked, std::regex("Who has the (\\w+) now\\?$")));
      EXPECT_EQ(has.at(task.answer), asked.str(1)) << task.prompt;
    }
  }
}

/// Reads a scene sentence by sentence and keeps its own account of it.
class Reader {
 public:
  explicit Reader(const std::string& prompt) {
    for (const auto& sentence : matches(prompt, "[^.?]+[.?]")) read(sentence);
  }
  const std::string& answer() const { return answer_; }

 private:
  bool match(const std::string& sentence, const char* pattern) {
    return std::regex_match(sentence, match_, std::regex(std::string(" ?") + pattern));
  }
  std::string place_of(const std::string& what) const {
    const auto holder = holder_.find(what);
    return place_.at(holder == holder_.end() ? what : holder->second);
  }

  void read(const std::string& s) {
    if (match(s, "(?:The )?(\\w+) was (?:in|on|at|by) the (\\w+)\\.")) {
      place_[match_.str(1)] = match_.str(2);
    } else if (match(s, "(?:Then )?(\\w+) (?:went|ran|walked) to the (\\w+)\\.")) {
      place_.at(match_.str(1)) = match_.str(2);
    } else if (match(s, "(\\w+) took the (\\w+)\\.")) {
      EXPECT_EQ(place_of(match_.str(2)), place_.at(match_.str(1)));
      holder_[match_.str(2)] = match_.str(1);
    } else if (match(s, "(\\w+) put the (\\w+) down\\.")) {
      EXPECT_EQ(holder_.at(match_.str(2)), match_.str(1));
      place_[match_.str(2)] = place_.at(match_.str(1));
      holder_.erase(match_.str(2));
    } else if (match(s, "(\\w+) gave the (\\w+) to (\\w+)\\.")) {
      EXPECT_EQ(holder_.at(match_.str(2)), match_.str(1));
      EXPECT_EQ(place_.at(match_.str(1)), place_.at(match_.str(3)));
      holder_.at(match_.str(2)) = match_.str(3);
    } else {
      ask(s);
    }
  }

  void ask(const std::string& s) {
    if (match(s, "Where is (?:the )?(\\w+) now\\?")) {
      answer_ = place_of(match_.str(1));
    } else if (match(s, "Who has the (\\w+) now\\?")) {
      answer_ = holder_.at(match_.str(1));
    } else if (match(s, "What does (\\w+) have now\\?")) {
      for (const auto& [thing, person] : holder_) {
        if (person == match_.str(1)) answer_ += thing;
      }
    } else {
      ADD_FAILURE() << "not understood: " << s;
    }
  }

  std::map<std::string, std::string> place_, holder_;
  std::smatch match_;
  std::string answer_;
};

TEST(Questions, AreAnsweredByWhatTheStoryTells) {
  std::set<std::string> kinds;
  for (int i = 0; i < kDraws / 3; ++i) {
    const Instruction task = draw("question", i);
    EXPECT_EQ(Reader(task.prompt).answer(), task.answer) << task.prompt;
    kinds.insert(matches(task.prompt, "(Where is the|Where is|Who|What)").back());
  }
  EXPECT_EQ(kinds.size(), 4u);
}

TEST(StoryWithWords, AsksForTheWordsOfItsAnswer) {
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("story", i);
    for (const auto& word : split_words(task.answer)) {
      EXPECT_NE(task.prompt.find(word), std::string::npos) << task.prompt;
      EXPECT_NE(task.reply.find(word), std::string::npos) << task.reply;
    }
  }
}

}  // namespace
}  // namespace tess2::data::synth
