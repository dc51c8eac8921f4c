#include "train/launch.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>

#include "core/error.h"
#include "core/terminal.h"

namespace tess2::train {
namespace {

/// The variables of one starter.
struct Names {
  const char* rank;
  const char* size;
  const char* local_rank;
  const char* local_size;
};

// In a batch script of Slurm SLURM_PROCID and SLURM_NTASKS are set, but no step's tasks: what runs
// there without srun is alone.
constexpr std::array<Names, 4> kStarters = {{
    {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE"},
    {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"},
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE"},
}};

[[noreturn]] void refuse(const std::string& name, const std::string& expected,
                         const std::optional<std::string>& found) {
  throw UsageError(name + ": expected " + expected + ", found " +
                   (found ? "'" + printable(*found, 60) + "'" : "nothing"));
}

/// The whole number of a variable that must be there, in [least, most].
std::int64_t number(const Environment& variable, const std::string& name, std::int64_t least,
                    std::int64_t most, const std::string& expected) {
  const auto text = variable(name);
  if (!text) refuse(name, expected, text);
  std::int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, value);
  if (read.ec != std::errc() || read.ptr != end || value < least || value > most) {
    refuse(name, expected, text);
  }
  return value;
}

std::int64_t number_or(const Environment& variable, const std::string& name, std::int64_t least,
                       std::int64_t most, std::int64_t otherwise) {
  if (!variable(name)) return otherwise;
  const std::string expected =
      "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  return number(variable, name, least, most, expected);
}

/// The first machine of Slurm's list: `node03` of `node[03-06,9],login`.
std::string first_machine(const std::string& list) {
  const std::size_t bracket = list.find('[');
  const std::size_t comma = list.find(',');
  if (bracket > comma || bracket == std::string::npos) return list.substr(0, comma);
  const std::size_t end = list.find_first_of("-,]", bracket);
  return list.substr(0, bracket) + list.substr(bracket + 1, end - bracket - 1);
}

std::string address_of(const Environment& variable, const Launch& launch) {
  if (const auto address = variable("MASTER_ADDR"); address && !address->empty()) return *address;
  if (launch.local_size == launch.size) return "127.0.0.1";
  const auto machines = variable("SLURM_STEP_NODELIST");
  if (machines && !machines->empty()) return first_machine(*machines);
  refuse("MASTER_ADDR",
         "the address of rank 0, for there are " + std::to_string(launch.size) + " ranks",
         std::nullopt);
}

/// Whether the variables of a starter are there: both or neither.
bool has(const Environment& variable, const Names& names) {
  const bool is_rank = variable(names.rank).has_value();
  const bool is_size = variable(names.size).has_value();
  // Slurm sets its rank in batch scripts, too.
  if (is_rank == is_size || std::string(names.rank).starts_with("SLURM")) return is_rank && is_size;
  refuse(is_rank ? names.size : names.rank,
         "a whole number, as " + std::string(is_rank ? names.rank : names.size) + " is set",
         std::nullopt);
}

Launch read_launch(const Environment& variable, const Names& names) {
  constexpr std::int64_t kMost = 1 << 20;
  Launch launch;
  launch.size = number(variable, names.size, 1, kMost, "1 rank or more");
  launch.rank =
      number(variable, names.rank, 0, launch.size - 1,
             "a rank below " + std::string(names.size) + " (" + std::to_string(launch.size) + ")");
  launch.local_size = number_or(variable, names.local_size, 1, launch.size, 1);
  launch.local_rank = number_or(variable, names.local_rank, 0, launch.size - 1, 0);
  if (launch.size == 1) return launch;
  launch.address = address_of(variable, launch);
  launch.port = static_cast<std::uint16_t>(number_or(
      variable, "MASTER_PORT", 1, std::numeric_limits<std::uint16_t>::max(), launch.port));
  launch.kept_by_launcher = variable("TORCHELASTIC_USE_AGENT_STORE") == "True";
  launch.attempt = variable("TORCHELASTIC_RESTART_COUNT").value_or(launch.attempt);
  return launch;
}

}  // namespace

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

Launch launch_from(const Environment& variable) {
  for (const Names& names : kStarters) {
    if (has(variable, names)) return read_launch(variable, names);
  }
  return {};
}

}  // namespace tess2::train
