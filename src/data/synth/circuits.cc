// Boolean circuits: values are named a, b, c ..., first the inputs, then the gates in an order in
// which each reads only values before it. The last gate is asked for.
#include <algorithm>
#include <array>

#include "data/synth/phrase.h"
#include "data/synth/tasks.h"

namespace tess2::data::synth {
namespace {

constexpr std::array<std::string_view, 4> kGates{"and", "or", "xor", "not"};

struct Circuit {
  std::vector<char> values;         ///< 0 or 1, of the inputs and gates
  std::vector<std::size_t> unread;  ///< values that no gate reads
  std::vector<std::string> inputs;  ///< "a = 1"
  std::vector<std::string> gates;   ///< "c = a and b"
  std::vector<std::string> steps;   ///< "c = 0", the values of the gates
};

std::string name_of(std::size_t value) {
  return {static_cast<char>('a' + value)};
}

/// Adds a value; returns what it is: "c = 0".
std::string add_value(bool value, Circuit& circuit) {
  const std::size_t number = circuit.values.size();
  circuit.values.push_back(value ? 1 : 0);
  circuit.unread.push_back(number);
  return name_of(number) + " = " + (value ? "1" : "0");
}

bool result_of(std::string_view gate, bool a, bool b) {
  if (gate == "and") return a && b;
  if (gate == "or") return a || b;
  return gate == "xor" ? a != b : !a;
}

/// What a gate reads: first a value that nothing reads yet, so that few are of no account, then any
/// other; the second is of no account to "not".
std::pair<std::size_t, std::size_t> draw_operands(const Circuit& circuit, Rng& rng) {
  const std::size_t first = rng.pick(circuit.unread);
  const std::size_t second = rng.below(circuit.values.size() - 1);
  return {first, second < first ? second : second + 1};
}

void add_gate(Circuit& circuit, Rng& rng) {
  const std::string gate(rng.pick(kGates));
  auto [first, second] = draw_operands(circuit, rng);
  if (gate == "not") second = first;
  // One order for both, so that "a and b" and "b and a" are one problem.
  if (second < first) std::swap(first, second);
  std::erase_if(circuit.unread, [&](std::size_t i) { return i == first || i == second; });
  const std::string operation = gate == "not" ? gate + " " + name_of(first)
                                              : name_of(first) + " " + gate + " " + name_of(second);
  circuit.gates.push_back(name_of(circuit.values.size()) + " = " + operation);
  const bool value = result_of(gate, circuit.values[first] != 0, circuit.values[second] != 0);
  circuit.steps.push_back(add_value(value, circuit));
}

Circuit draw_gates(const TaskSizes& sizes, Rng& rng) {
  Circuit circuit;
  for (auto left = rng.between(2, sizes.max_inputs); left > 0; --left) {
    circuit.inputs.push_back(add_value(rng.chance(0.5), circuit));
  }
  for (auto left = rng.between(2, sizes.max_gates); left > 0; --left) add_gate(circuit, rng);
  return circuit;
}

}  // namespace

Instruction draw_circuit(const TaskSizes& sizes, Rng& rng) {
  static constexpr std::array<std::string_view, 3> kPhrasings{
      "Inputs: {inputs}. Gates: {gates}. What is {last}?",
      "A circuit has the inputs {inputs} and the gates {gates}. Find {last}.",
      "Given {inputs}, work out {gates}. What is the value of {last}?"};
  const Circuit circuit = draw_gates(sizes, rng);
  const Blanks blanks{{"inputs", join(circuit.inputs, ", ")},
                      {"gates", join(circuit.gates, ", ")},
                      {"last", name_of(circuit.values.size() - 1)}};
  Instruction task;
  // The first way to ask stands for all of them.
  task.problem = fill(kPhrasings.front(), blanks);
  task.prompt = fill(rng.pick(kPhrasings), blanks);
  task.answer = circuit.values.back() != 0 ? "1" : "0";
  task.reply = join(circuit.steps, ", ") + ", answer " + task.answer;
  return task;
}

}  // namespace tess2::data::synth
