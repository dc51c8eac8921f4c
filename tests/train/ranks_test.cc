#include "train/ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/file.h"
#include "support/temporary_folder.h"
#include "train/checkpoints.h"
#include "train/loop.h"
#include "train/rank_processes.h"
#include "train/run_folder.h"
#include "train/sharing.h"
#include "train/tiny_models.h"

namespace tess2::train {
namespace {

using test::RankOutcome;
using test::RankProcesses;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

using Words = std::vector<std::string>;

TEST(Ranks, AProcessAloneKeepsWhatItHas) {
  const Ranks alone;
  EXPECT_EQ(alone.rank(), 0);
  EXPECT_EQ(alone.size(), 1);
  at::Tensor tensor = at::full({2}, 3.0);
  alone.sum(tensor);
  alone.sum_to(tensor, 0);
  alone.broadcast(tensor, 0);
  EXPECT_EQ(tensor[1].item<double>(), 3.0);
  EXPECT_EQ(alone.broadcast("text", 0), "text");
  EXPECT_THAT(alone.gather({1.0, 2.0}), ElementsAre(ElementsAre(1.0, 2.0)));
  alone.barrier();
  alone.leave("nobody to tell");
}

TEST(Ranks, AStepMustHaveWorkForEachOfThem) {
  LoopSettings settings;
  settings.accumulation = 6;
  Launch launch;
  launch.size = 4;
  EXPECT_EQ(test_support::error_of([&] { join_ranks(settings, launch); }),
            "loop.accumulation: expected a multiple of the 4 ranks, found 6");
}

TEST(Ranks, SayWhereTheyDoNotFindTheFirstOne) {
  Launch launch;
  launch.rank = 1;
  launch.size = 2;
  launch.address = "127.0.0.1";
  launch.port = static_cast<std::uint16_t>(std::stoi(test::free_port()));
  EXPECT_EQ(test_support::error_of([&] { Ranks(launch, std::chrono::seconds(1)); }),
            "rank 0 was not reached at 127.0.0.1:" + std::to_string(launch.port) +
                " within 1 s (MASTER_ADDR, MASTER_PORT)");
}

/// Runs of the worker in a folder of their own.
class SeveralRanks : public ::testing::Test {
 protected:
  std::vector<RankOutcome> run(int ranks, const Words& arguments) const {
    return RankProcesses(ranks, folder_.path(), arguments).wait();
  }
  /// As above; all must end well.
  std::vector<RankOutcome> run_well(int ranks, const Words& arguments) const {
    auto outcomes = run(ranks, arguments);
    for (const RankOutcome& outcome : outcomes) {
      EXPECT_EQ(outcome.code, 0) << outcome.error;
    }
    return outcomes;
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string bytes(const std::string& name) const { return read_text_file(folder_.path() / name); }

  const test_support::TemporaryFolder folder_;
};

/// The number in `name 1.5`.
std::vector<double> values(const RankOutcome& outcome, const std::string& name) {
  std::vector<double> found;
  for (const std::string& line : outcome.lines) {
    if (line.starts_with(name + " ")) found.push_back(std::stod(line.substr(name.size() + 1)));
  }
  return found;
}

double largest_difference(const std::vector<double>& some, const std::vector<double>& others) {
  if (some.size() != others.size()) return HUGE_VAL;
  double largest = 0.0;
  for (std::size_t i = 0; i < some.size(); ++i) {
    largest = std::max(largest, std::abs(some[i] - others[i]) / std::abs(others[i]));
  }
  return largest;
}

TEST_F(SeveralRanks, ExchangeWhatTheyHave) {
  const auto outcomes = run_well(3, {"mode=exchange", "accumulation=3"});
  for (std::size_t rank = 0; rank < outcomes.size(); ++rank) {
    SCOPED_TRACE(rank);
    EXPECT_THAT(values(outcomes[rank], "sum"), ElementsAre(4.5));  // 0.5 + 1.5 + 2.5
    EXPECT_THAT(values(outcomes[rank], "broadcast"), ElementsAre(5.0));
    EXPECT_THAT(values(outcomes[rank], "from the first"), ElementsAre(0.0));
    EXPECT_THAT(values(outcomes[rank], "gathered"), ElementsAre(0.0, 1.0, 2.0));
    EXPECT_THAT(values(outcomes[rank], "value"), ElementsAre(10.0, 20.0, 20.0));
    EXPECT_THAT(values(outcomes[rank], "passed"), ElementsAre(rank == 2 ? 2.0 : 1.0));
  }
  EXPECT_THAT(values(outcomes[1], "sum_to"), ElementsAre(6.0));
}

TEST_F(SeveralRanks, TrainAsOneDoes) {
  const RankOutcome one = run_well(1, {})[0];
  ASSERT_EQ(values(one, "loss").size(), 50u);
  ASSERT_EQ(values(one, "level").size(), 400u);  // 50 steps of 4 micro-batches of 2
  for (const int ranks : {2, 4}) {
    for (const std::string zero : {"0", "1", "2"}) {
      SCOPED_TRACE(std::to_string(ranks) + " ranks, zero " + zero);
      const auto outcomes = run_well(ranks, {"zero=" + zero});
      for (const std::string name : {"loss", "norm", "weight"}) {
        EXPECT_LT(largest_difference(values(outcomes[0], name), values(one, name)), 1e-5) << name;
      }
      // Single sequences have smaller losses, of which rounding is a larger part.
      EXPECT_LT(largest_difference(values(outcomes[0], "level"), values(one, "level")), 1e-4);
      for (const RankOutcome& outcome : outcomes) EXPECT_EQ(outcome.lines, outcomes[0].lines);
    }
  }
}

TEST_F(SeveralRanks, LearnTheSameTimeWarp) {
  const Words warped{"warp=1", "steps=12"};
  const RankOutcome one = run_well(1, warped)[0];
  const auto outcomes = run_well(2, warped);
  EXPECT_EQ(outcomes[1].lines, outcomes[0].lines);  // what was learned is one of them
  for (const std::string name : {"loss", "weight"}) {
    EXPECT_LT(largest_difference(values(outcomes[0], name), values(one, name)), 1e-5) << name;
  }
  EXPECT_NE(values(run_well(1, {"steps=12"})[0], "loss"), values(one, "loss"));
}

/// Bytes of the largest share, of 4 bytes a weight.
double largest_share(int ranks) {
  std::vector<std::int64_t> bytes;
  const test::TrainableWeights weights(test::shared_config());
  for (const auto& weight : weights.list) bytes.push_back(4 * weight.tensor.numel());
  std::vector<std::int64_t> unit_bytes;
  for (const Unit& unit : make_units(bytes)) {
    unit_bytes.push_back(0);
    for (const std::size_t i : unit) unit_bytes.back() += bytes[i];
  }
  const auto owners = share_out(unit_bytes, ranks);
  std::vector<double> shares(static_cast<std::size_t>(ranks));
  for (std::size_t u = 0; u < owners.size(); ++u) {
    shares[static_cast<std::size_t>(owners[u])] += static_cast<double>(unit_bytes[u]);
  }
  return std::ranges::max(shares);
}

double most(const std::vector<RankOutcome>& outcomes, const std::string& name) {
  double largest = 0.0;
  for (const RankOutcome& outcome : outcomes) largest = std::max(largest, values(outcome, name)[0]);
  return largest;
}

TEST_F(SeveralRanks, HoldTheirShareOfMomentsAndGradients) {
  const double all = largest_share(1), largest = largest_share(1000);  // the largest alone
  for (const int ranks : {2, 4}) {
    SCOPED_TRACE(ranks);
    const double share = largest_share(ranks);
    EXPECT_LT(share, all / ranks + largest);
    const auto zero0 = run_well(ranks, {"mode=memory", "zero=0"});
    EXPECT_EQ(most(zero0, "moments"), 2 * all);
    EXPECT_EQ(most(zero0, "kept"), all);
    EXPECT_EQ(most(zero0, "peak"), all);
    const auto zero1 = run_well(ranks, {"mode=memory", "zero=1"});
    EXPECT_EQ(most(zero1, "moments"), 2 * share);
    EXPECT_EQ(most(zero1, "kept"), share);
    EXPECT_EQ(most(zero1, "peak"), all);
    const auto zero2 = run_well(ranks, {"mode=memory", "zero=2"});
    EXPECT_EQ(most(zero2, "moments"), 2 * share);
    EXPECT_EQ(most(zero2, "kept"), share);
    // Beside its own: the unit that is ready, and those of small weights that are not complete.
    EXPECT_LT(most(zero2, "peak"), share + largest + 2 * (32 << 10));
  }
}

TEST_F(SeveralRanks, GoOnWithTheSameBits) {
  const Words whole = {"steps=12", "zero=2", "output=" + path("whole")};
  run_well(2, whole);
  const Words parts = {"steps=12", "zero=2", "output=" + path("parts")};
  Words stopped = parts;
  stopped.push_back("stop=1@7");  // asked of the second rank alone
  for (const RankOutcome& outcome : run_well(2, stopped)) {
    EXPECT_THAT(values(outcome, "stopped"), ElementsAre(7.0));
  }
  const auto continued = run_well(2, parts);
  EXPECT_EQ(values(continued[0], "loss").size(), 5u);
  for (const std::string file : {"model.safetensors", "optimizer.safetensors"}) {
    const std::string name = "/checkpoints/step-00000012/" + file;
    EXPECT_TRUE(bytes("whole" + name) == bytes("parts" + name)) << file;
  }
}

TEST_F(SeveralRanks, GoOnOnAnotherNumberOfThem) {
  const RankOutcome one = run_well(1, {"steps=20"})[0];
  std::vector<double> losses;
  for (const auto& [ranks, stop, zero] : {std::tuple{4, "stop=0@5", "1"},
                                          {1, "stop=0@9", "0"},
                                          {2, "stop=1@14", "2"},
                                          {4, "", "0"}}) {
    const auto outcomes =
        run_well(ranks, {"steps=20", stop, "zero=" + std::string(zero), "output=" + path("run")});
    const auto some = values(outcomes[0], "loss");
    losses.insert(losses.end(), some.begin(), some.end());
  }
  EXPECT_LT(largest_difference(losses, values(one, "loss")), 1e-5);
}

TEST_F(SeveralRanks, StopWithTheNameOfOneThatDies) {
  for (const int dead : {0, 1, 2}) {
    SCOPED_TRACE(dead);
    const std::string output = path("run" + std::to_string(dead));
    const Words words = {"accumulation=3", "zero=2",     "steps=40",
                         "save_every=5",   "timeout=20", "output=" + output};
    Words deadly = words;
    deadly.push_back("die=" + std::to_string(dead) + "@8");
    const auto outcomes = run(3, deadly);
    for (int rank = 0; rank < 3; ++rank) {
      const RankOutcome& outcome = outcomes[static_cast<std::size_t>(rank)];
      EXPECT_EQ(outcome.code, rank == dead ? -SIGKILL : 1);
      if (rank == dead) continue;
      EXPECT_THAT(outcome.error, HasSubstr("rank " + std::to_string(dead) + " has died"));
    }
    EXPECT_EQ(Checkpoints(output + "/checkpoints").last(), 5);
    run_well(3, words);
  }
  const std::string last = "/checkpoints/step-00000040/";
  for (const std::string file : {"model.safetensors", "optimizer.safetensors"}) {
    EXPECT_TRUE(bytes("run0" + last + file) == bytes("run1" + last + file));
    EXPECT_TRUE(bytes("run0" + last + file) == bytes("run2" + last + file));
  }
}

TEST_F(SeveralRanks, SayWhyOneOfThemStopped) {
  for (const int failed : {0, 2}) {
    SCOPED_TRACE(failed);
    const std::string name = std::to_string(failed);
    const auto outcomes = run(3, {"accumulation=3", "timeout=20", "fail=" + name + "@4"});
    for (int rank = 0; rank < 3; ++rank) {
      const RankOutcome& outcome = outcomes[static_cast<std::size_t>(rank)];
      EXPECT_EQ(outcome.code, 1);
      EXPECT_EQ(outcome.error,
                rank == failed ? "no more room" : "rank " + name + " has stopped: no more room");
    }
  }
}

TEST_F(SeveralRanks, StopWithTheNameOfOneThatHangs) {
  RankProcesses processes(2, folder_.path(), {"timeout=3", "hang=1@4"});
  std::this_thread::sleep_for(std::chrono::seconds(1));
  // Stopped, it keeps its connections: only its silence tells.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(40);
  std::string error;
  while (error.empty() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    const std::string text = read_text_file(folder_.path() / "rank-0.txt");
    const auto at = text.find("error: ");
    if (at != std::string::npos) error = text.substr(at);
  }
  EXPECT_THAT(error, HasSubstr("rank 1 has died (no sign of life for 3 s)"));
  processes.send(1, SIGKILL);
  EXPECT_THAT(processes.wait(),
              ElementsAre(Field(&RankOutcome::code, 1), Field(&RankOutcome::code, -SIGKILL)));
}

}  // namespace
}  // namespace tess2::train
