#include "serve/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace tess2::serve {
namespace {

using testing::HasSubstr;

TEST(Histogram, CountsBelowEachBound) {
  Histogram histogram;
  histogram.add(0.0005);
  histogram.add(0.001);
  histogram.add(0.0015);
  histogram.add(1e9);
  const std::string lines = histogram.lines("h");
  EXPECT_THAT(lines, HasSubstr("h_bucket{le=\"0.001\"} 2\n"));
  EXPECT_THAT(lines, HasSubstr("h_bucket{le=\"0.002\"} 3\n"));
  EXPECT_THAT(lines, HasSubstr("h_bucket{le=\"524.288\"} 3\n"));
  EXPECT_THAT(lines, HasSubstr("h_bucket{le=\"+Inf\"} 4\n"));
  EXPECT_THAT(lines, HasSubstr("h_sum 1e+09\n"));
  EXPECT_THAT(lines, HasSubstr("h_count 4\n"));
}

TEST(Metrics, TellWhatWasCounted) {
  Metrics metrics;
  metrics.request_began();
  metrics.request_began();
  metrics.request_ended("/health", 200, 0.25);
  metrics.session_started(0.5);
  metrics.stepped(3, 0.125);
  metrics.stepped(1, 0.125);
  metrics.answered(10, 4);
  metrics.answered(0, 5);
  metrics.committed(6);
  const std::string text = metrics.text({2, 7});
  for (const char* line :
       {"tess2_requests_total{path=\"/health\",status=\"200\"} 1\n", "tess2_requests_in_flight 1\n",
        "tess2_sessions_active 2\n", "tess2_sessions_waiting 7\n", "tess2_steps_total 4\n",
        "tess2_prompt_tokens_total 10\n", "tess2_answer_tokens_total 9\n",
        "tess2_committed_tokens_total 6\n", "tess2_queue_seconds_sum 0.5\n",
        "tess2_step_seconds_count 2\n", "tess2_step_seconds_sum 0.25\n",
        "tess2_request_seconds_sum 0.25\n", "# TYPE tess2_step_seconds histogram\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

// As Prometheus reads it: comments, or a name, labels and a number.
TEST(Metrics, EveryLineIsWellFormed) {
  Metrics metrics;
  metrics.request_began();
  metrics.request_ended("other", 404, 1e-5);
  std::istringstream lines(metrics.text({}));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP tess2_") || line.starts_with("# TYPE tess2_")) continue;
    EXPECT_THAT(line, testing::MatchesRegex("tess2_[a-z_]+([{][a-z]+=\".*\"[}])? [-+.e0-9]+"));
  }
}

}  // namespace
}  // namespace tess2::serve
