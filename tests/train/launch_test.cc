#include "train/launch.h"

#include <gtest/gtest.h>

#include <map>

#include "support/temporary_folder.h"

namespace tess2::train {
namespace {

using Variables = std::map<std::string, std::string>;

Launch launch_with(const Variables& variables) {
  return launch_from([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

std::string error_with(const Variables& variables) {
  return test_support::error_of([&] { launch_with(variables); });
}

TEST(Launch, WithoutVariablesAProcessIsAlone) {
  const Launch launch = launch_with({{"MASTER_ADDR", "elsewhere"}, {"LOCAL_RANK", "3"}});
  EXPECT_EQ(launch.rank, 0);
  EXPECT_EQ(launch.size, 1);
  EXPECT_EQ(launch_with({{"RANK", "0"}, {"WORLD_SIZE", "1"}}).size, 1);  // needs no address
}

TEST(Launch, ReadsTorchrunsVariables) {
  const Launch launch = launch_with({{"RANK", "5"},
                                     {"WORLD_SIZE", "8"},
                                     {"LOCAL_RANK", "1"},
                                     {"LOCAL_WORLD_SIZE", "4"},
                                     {"MASTER_ADDR", "node1"},
                                     {"MASTER_PORT", "1234"},
                                     {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                     {"TORCHELASTIC_RESTART_COUNT", "2"}});
  EXPECT_EQ(launch.rank, 5);
  EXPECT_EQ(launch.size, 8);
  EXPECT_EQ(launch.local_rank, 1);
  EXPECT_EQ(launch.local_size, 4);
  EXPECT_EQ(launch.address, "node1");
  EXPECT_EQ(launch.port, 1234);
  EXPECT_TRUE(launch.kept_by_launcher);
  EXPECT_EQ(launch.attempt, "2");
}

TEST(Launch, ReadsThoseOfMpirunAndSrun) {
  const Launch open_mpi = launch_with({{"OMPI_COMM_WORLD_RANK", "1"},
                                       {"OMPI_COMM_WORLD_SIZE", "2"},
                                       {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                       {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
  EXPECT_EQ(open_mpi.rank, 1);
  EXPECT_EQ(open_mpi.size, 2);
  EXPECT_EQ(open_mpi.address, "127.0.0.1");  // all are on this machine
  EXPECT_EQ(open_mpi.port, 29500);
  EXPECT_FALSE(open_mpi.kept_by_launcher);
  const Launch mpich =
      launch_with({{"PMI_RANK", "2"}, {"PMI_SIZE", "3"}, {"MASTER_ADDR", "10.0.0.1"}});
  EXPECT_EQ(mpich.rank, 2);
  EXPECT_EQ(mpich.address, "10.0.0.1");
  Variables slurm = {{"SLURM_PROCID", "6"},
                     {"SLURM_STEP_NUM_TASKS", "8"},
                     {"SLURM_LOCALID", "2"},
                     {"SLURM_STEP_NODELIST", "gpu[003-004,9],x"}};
  EXPECT_EQ(launch_with(slurm).rank, 6);
  EXPECT_EQ(launch_with(slurm).local_rank, 2);
  EXPECT_EQ(launch_with(slurm).address, "gpu003");
  slurm["SLURM_STEP_NODELIST"] = "login,gpu[1-2]";
  EXPECT_EQ(launch_with(slurm).address, "login");
  slurm["MASTER_ADDR"] = "gpu7";
  EXPECT_EQ(launch_with(slurm).address, "gpu7");
}

TEST(Launch, ABatchScriptOfSlurmIsAloneWithoutSrun) {
  EXPECT_EQ(launch_with({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}}).size, 1);
}

TEST(Launch, VariablesSetByHandComeFirst) {
  const Launch launch = launch_with({{"RANK", "1"},
                                     {"WORLD_SIZE", "2"},
                                     {"MASTER_ADDR", "a"},
                                     {"SLURM_PROCID", "6"},
                                     {"SLURM_STEP_NUM_TASKS", "8"}});
  EXPECT_EQ(launch.rank, 1);
  EXPECT_EQ(launch.size, 2);
}

TEST(Launch, SaysWhatIsMissingOrMakesNoSense) {
  EXPECT_EQ(error_with({{"RANK", "2"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}}),
            "RANK: expected a rank below WORLD_SIZE (2), found '2'");
  EXPECT_EQ(error_with({{"RANK", "-1"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}}),
            "RANK: expected a rank below WORLD_SIZE (2), found '-1'");
  EXPECT_EQ(error_with({{"RANK", "one"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}}),
            "RANK: expected a rank below WORLD_SIZE (2), found 'one'");
  EXPECT_EQ(error_with({{"RANK", "0"}, {"WORLD_SIZE", "0"}}),
            "WORLD_SIZE: expected 1 rank or more, found '0'");
  EXPECT_EQ(error_with({{"RANK", "0"}}),
            "WORLD_SIZE: expected a whole number, as RANK is set, found nothing");
  EXPECT_EQ(error_with({{"WORLD_SIZE", "2"}}),
            "RANK: expected a whole number, as WORLD_SIZE is set, found nothing");
  EXPECT_EQ(error_with({{"RANK", "0"}, {"WORLD_SIZE", "2"}}),
            "MASTER_ADDR: expected the address of rank 0, for there are 2 ranks, found nothing");
  EXPECT_EQ(error_with({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", ""}}),
            "MASTER_ADDR: expected the address of rank 0, for there are 2 ranks, found nothing");
  EXPECT_EQ(
      error_with(
          {{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "70000"}}),
      "MASTER_PORT: expected a whole number from 1 to 65535, found '70000'");
}

}  // namespace
}  // namespace tess2::train
