// Dates and days of the week.
#include <array>
#include <chrono>

#include "data/synth/phrase.h"
#include "data/synth/tasks.h"

namespace tess2::data::synth {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> kWeekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};

constexpr std::chrono::year kFirstYear{2000};
constexpr std::chrono::year kLastYear{2030};

std::string weekday_name(std::int64_t from_sunday) {
  return std::string(kWeekdays[static_cast<std::size_t>(from_sunday % 7)]);
}

std::string month_name(std::chrono::month month) {
  return std::string(kMonths[static_cast<unsigned>(month) - 1]);
}

/// "27 February 2024"
std::string date_text(sys_days day) {
  const year_month_day date(day);
  return std::to_string(static_cast<unsigned>(date.day())) + " " + month_name(date.month()) + " " +
         std::to_string(static_cast<int>(date.year()));
}

std::string some_days(std::int64_t count) {
  return count == 1 ? "1 day" : std::to_string(count) + " days";
}

template <std::size_t N>
Instruction date_task(const std::array<std::string_view, N>& phrasings, const Blanks& blanks,
                      std::string answer, Rng& rng) {
  Instruction task;
  // The first way to ask stands for all of them.
  task.problem = fill(phrasings.front(), blanks);
  task.prompt = fill(rng.pick(phrasings), blanks);
  task.reply = answer;
  task.answer = std::move(answer);
  return task;
}

Instruction weekday_after(std::int64_t max_days, Rng& rng) {
  static constexpr std::array<std::string_view, 3> kPhrasings{
      "What day is {days} after {day}?", "Today is {day}. What day is it in {days}?",
      "Which day comes {days} after {day}?"};
  const std::int64_t first = rng.between(0, 6);
  const std::int64_t count = rng.between(1, max_days);
  return date_task(kPhrasings, {{"day", weekday_name(first)}, {"days", some_days(count)}},
                   weekday_name(first + count), rng);
}

Instruction date_after(std::int64_t max_days, Rng& rng) {
  static constexpr std::array<std::string_view, 3> kPhrasings{
      "What date is {days} after {date}?", "Today is {date}. What date is it in {days}?",
      "Which date comes {days} after {date}?"};
  const sys_days begin = kFirstYear / std::chrono::January / 1;
  const sys_days end = kLastYear / std::chrono::December / 31;
  const sys_days first = begin + days(rng.between(0, (end - begin).count()));
  const std::int64_t count = rng.between(1, max_days);
  return date_task(kPhrasings, {{"date", date_text(first)}, {"days", some_days(count)}},
                   date_text(first + days(count)), rng);
}

/// Two days of one month, the weekday of the first of which is told.
Instruction weekday_of_date(Rng& rng) {
  static constexpr std::array<std::string_view, 3> kPhrasings{
      "If {first} {month} is a {day}, what day is {second} {month}?",
      "{First} {month} is a {day}. What day is {second} {month}?",
      "Say that {first} {month} is a {day}. Which day is {second} {month}?"};
  const std::chrono::month month(static_cast<unsigned>(rng.between(1, 12)));
  const std::int64_t first = rng.between(1, 27);
  const std::int64_t second = rng.between(first + 1, 28);
  const std::int64_t weekday = rng.between(0, 6);
  return date_task(kPhrasings,
                   {{"first", std::to_string(first)},
                    {"second", std::to_string(second)},
                    {"month", month_name(month)},
                    {"day", weekday_name(weekday)}},
                   weekday_name(weekday + second - first), rng);
}

}  // namespace

Instruction draw_date(const TaskSizes& sizes, Rng& rng) {
  switch (rng.below(3)) {
    case 0:
      return weekday_after(sizes.max_days, rng);
    case 1:
      return date_after(sizes.max_days, rng);
    default:
      return weekday_of_date(rng);
  }
}

}  // namespace tess2::data::synth
