// How a training process was started: alone, or as one of several ranks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tess2::train {

/// One process among those that train together.
struct Launch {
  std::int64_t rank = 0;        ///< of this process, below `size`
  std::int64_t size = 1;        ///< processes in all
  std::int64_t local_rank = 0;  ///< among those on this machine
  std::int64_t local_size = 1;  ///< those on this machine; 1 where that was not told
  /// Where the ranks meet: a machine that rank 0 runs on, by name or number.
  std::string address;
  std::uint16_t port = 29500;
  /// Whether the one who started the ranks keeps the meeting place, as torchrun does, and which
  /// attempt of his this is. Else rank 0 keeps it.
  bool kept_by_launcher = false;
  std::string attempt = "0";
};

/// The value of an environment variable, where it is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
std::optional<std::string> environment_variable(const std::string& name);

/// What the starter of this process says in its environment. Understood are, in this order,
///
///   RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE            torchrun, `tess2 launch`, by hand
///   OMPI_COMM_WORLD_RANK, _SIZE, _LOCAL_RANK, _LOCAL_SIZE     mpirun of Open MPI
///   PMI_RANK, PMI_SIZE, MPI_LOCALRANKID, MPI_LOCALNRANKS      mpirun of MPICH and Intel MPI
///   SLURM_PROCID, SLURM_STEP_NUM_TASKS, SLURM_LOCALID         srun
///
/// and of any of them MASTER_ADDR and MASTER_PORT: where rank 0 is. The address may be missing
/// where all ranks are on this machine, or srun tells the machines. A process without any of these
/// is alone. Throws UsageError naming the variable that is missing or makes no sense.
Launch launch_from(const Environment& variable);

}  // namespace tess2::train
