#include "core/log.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace tess2 {
namespace {

class LogTest : public testing::Test {
 protected:
  void TearDown() override { set_log_level(LogLevel::kInfo); }

  static std::string captured(const std::function<void()>& write) {
    testing::internal::CaptureStderr();
    write();
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(LogTest, WritesOneLineAMessage) {
  EXPECT_EQ(captured([] { log_info("reading shard 3"); }), "reading shard 3\n");
  EXPECT_EQ(captured([] { log_warning("slow\ndisk"); }), "warning: slow\\ndisk\n");
  EXPECT_EQ(captured([] { log_error("{} %s"); }), "error: {} %s\n");
}

TEST_F(LogTest, ShowsTheLevelAndWhatIsGraver) {
  EXPECT_EQ(captured([] { log_debug("detail"); }), "");
  set_log_level(LogLevel::kDebug);
  EXPECT_EQ(captured([] { log_debug("detail"); }), "detail\n");
  set_log_level(LogLevel::kError);
  EXPECT_EQ(captured([] { log_warning("odd"); }), "");
  EXPECT_EQ(captured([] { log_error("bad"); }), "error: bad\n");
}

TEST_F(LogTest, QuietShowsNothing) {
  set_log_level(LogLevel::kQuiet);
  EXPECT_EQ(captured([] { log_error("bad"); }), "");
}

TEST_F(LogTest, TellsItsLevel) {
  for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning,
                               LogLevel::kError, LogLevel::kQuiet}) {
    set_log_level(level);
    EXPECT_EQ(log_level(), level);
  }
}

}  // namespace
}  // namespace tess2
