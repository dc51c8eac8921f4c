// Runs a fuzz target without a fuzzing compiler: the seeds as they are, then a bounded number of
// mutations of them. Mutation i depends on the seed number and i alone, so `--only=i` repeats it.
//
//   TARGET [--runs=N] [--seconds=S] [--seed=N] [--only=I] [file or folder of seeds...]
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/random.h"
#include "fuzz.h"
#include "mutate.h"

namespace tess2::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxSize = 1 << 16;

struct Options {
  std::uint64_t runs = 1'000'000;
  std::uint64_t seconds = 3;
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> only;
  std::vector<std::filesystem::path> seeds;
};

// What runs now, for whoever reads the message of a crash.
volatile std::sig_atomic_t current_run = 0;

void report_run(int signal) {
  char text[] = "\ncrashed; repeat it with --only=0000000000\n";
  char* digit = text + sizeof(text) - 3;
  for (auto run = static_cast<unsigned>(current_run); run > 0; run /= 10) {
    *digit-- = static_cast<char>('0' + run % 10);
  }
  if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0) _exit(1);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

std::uint64_t number(std::string_view option, std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) {
    throw UsageError("--" + std::string(option) + ": expected a number, found '" +
                     std::string(text) + "'");
  }
  return value;
}

void set_option(Options& options, std::string_view name, std::string_view value) {
  const std::uint64_t parsed = number(name, value);
  if (name == "runs") {
    options.runs = parsed;
  } else if (name == "seconds") {
    options.seconds = parsed;
  } else if (name == "seed") {
    options.seed = parsed;
  } else if (name == "only") {
    options.only = parsed;
  } else {
    throw UsageError("--" + std::string(name) + ": expected runs, seconds, seed or only");
  }
}

Options read_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const std::size_t equals = word.find('=');
    if (word.starts_with("--") && equals != std::string_view::npos) {
      set_option(options, word.substr(2, equals - 2), word.substr(equals + 1));
    } else {
      options.seeds.emplace_back(word);
    }
  }
  return options;
}

void add_file(const std::filesystem::path& path, std::vector<std::string>& seeds) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw FileError(path, "cannot be opened");
  seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

std::vector<std::string> read_seeds(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> seeds;
  if (fuzz_seeds != nullptr) seeds = fuzz_seeds();
  for (const auto& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      add_file(path, seeds);
      continue;
    }
    std::vector<std::filesystem::path> files(std::filesystem::directory_iterator(path), {});
    std::sort(files.begin(), files.end());
    for (const auto& file : files) add_file(file, seeds);
  }
  if (seeds.empty()) seeds.emplace_back();
  return seeds;
}

void run_one(const std::vector<std::string>& seeds, const Options& options, std::uint64_t index) {
  current_run = static_cast<std::sig_atomic_t>(index);
  std::string input;
  if (index < seeds.size()) {
    input = seeds[index];
  } else {
    Rng rng(options.seed, Stream::kSynthetic, index);
    input = mutate(seeds, kMaxSize, rng);
  }
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

void run(const Options& options) {
  const std::vector<std::string> seeds = read_seeds(options.seeds);
  if (options.only) return run_one(seeds, options, *options.only);
  const auto end = Clock::now() + std::chrono::seconds(options.seconds);
  std::uint64_t index = 0;
  while (index < options.runs && Clock::now() < end) run_one(seeds, options, index++);
  std::cout << index << " inputs, " << std::min<std::uint64_t>(index, seeds.size())
            << " of them seeds" << std::endl;
}

}  // namespace
}  // namespace tess2::fuzz

int main(int count, char** words) {
  using namespace tess2;
  for (int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL}) {
    std::signal(signal, fuzz::report_run);
  }
  try {
    fuzz::run(fuzz::read_options(count, words));
    return 0;
  } catch (const UsageError& error) {
    std::cerr << error.what() << std::endl;
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "thrown by input " << fuzz::current_run << ": " << error.what() << std::endl;
    return 1;
  }
}
