// One function a data format: what a record of it asks, and what answers it rightly.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/json_lines.h"
#include "eval/harness/items.h"
#include "eval/harness/json_document.h"
#include "eval/harness/table_file.h"

namespace tess2::eval {

/// Of a line of a JSON-lines file. All throw FormatError naming line and key.
Item gsm8k_item(const nlohmann::json& record, const data::LinePlace& place);
Item ifeval_item(const nlohmann::json& record, const data::LinePlace& place);
Item humaneval_item(const nlohmann::json& record, const data::LinePlace& place);
Item instruction_item(const nlohmann::json& record, const data::LinePlace& place);

/// Of a whole JSON file.
std::vector<Item> bbh_items(const JsonDocument& document);
std::vector<Item> squad_items(const JsonDocument& document);
std::vector<Item> triviaqa_items(const JsonDocument& document);
std::vector<Item> alpaca_eval_items(const JsonDocument& document);

/// Of a row `question, A, B, C, D, answer`.
Item mmlu_item(const TableRow& row, const std::string& subject);

}  // namespace tess2::eval
