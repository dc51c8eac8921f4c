// The functions behind the table of subcommands, one file each.
#pragma once

#include "app/command.h"

namespace tess2::app {

/// Each runs one subcommand as Command::run asks: returns the exit code, or throws.
int run_synth_command(const CommandLine& line);
int run_tokenizer_command(const CommandLine& line);
int run_tokenize_command(const CommandLine& line);
int run_pretrain_command(const CommandLine& line);
int run_adapt_command(const CommandLine& line);
int run_tune_command(const CommandLine& line);
int run_reward_command(const CommandLine& line);
int run_launch_command(const CommandLine& line);
int run_merge_command(const CommandLine& line);
int run_report_command(const CommandLine& line);
int run_generate_command(const CommandLine& line);
int run_infill_command(const CommandLine& line);
int run_chat_command(const CommandLine& line);
int run_serve_command(const CommandLine& line);
int run_eval_command(const CommandLine& line);
int run_likelihood_command(const CommandLine& line);
int run_samples_command(const CommandLine& line);
int run_compare_command(const CommandLine& line);
int run_quantize_command(const CommandLine& line);
int run_bench_command(const CommandLine& line);
int run_inspect_command(const CommandLine& line);

}  // namespace tess2::app
