#include "core/settings.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>

#include "core/error.h"
#include "core/file.h"
#include "core/nearest.h"
#include "core/problems.h"
#include "core/terminal.h"

namespace tess2 {
namespace {

using Texts = std::vector<std::string>;

std::string line_of(const YAML::Mark& mark) {
  return mark.is_null() ? "YAML" : "line " + std::to_string(mark.line + 1);
}

// What stands in the recipe, for messages.
std::string found(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return node.Scalar().empty() ? "empty text" : printable(node.Scalar(), 60);
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Map:
      return "a map";
    default:
      return "nothing";
  }
}

// A text or a list of texts; nothing for maps, nested lists and missing values.
std::optional<SettingValue> to_value(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  if (!node.IsSequence()) return std::nullopt;
  Texts texts;
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) return std::nullopt;
    texts.push_back(item.Scalar());
  }
  return texts;
}

// Runs a step of yaml-cpp; its errors become FormatError.
template <class Step>
auto with_yaml_errors(const std::filesystem::path& file, Step step) {
  try {
    return step();
  } catch (const YAML::Exception& error) {
    throw FormatError(file, line_of(error.mark), "YAML", printable(error.msg));
  }
}

// Keeps the events of a document for nobody: what follows the first is only looked for.
class NoEvents final : public YAML::EventHandler {
 public:
  explicit NoEvents(YAML::Mark& start) : start_(start) {}
  void OnDocumentStart(const YAML::Mark& mark) override { start_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  YAML::Mark& start_;
};

// YAML::LoadAll would do, but never ends on some malformed texts.
YAML::Node read_document(std::string_view yaml, const std::filesystem::path& file) {
  const std::string text(yaml);
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  YAML::Mark start;
  NoEvents events(start);
  if (parser.HandleNextDocument(events) && parser.HandleNextDocument(events)) {
    throw FormatError(file, line_of(start), "one YAML document", "a second one");
  }
  return YAML::Load(text);
}

// Walks a recipe and assigns what it finds.
class Recipe {
 public:
  using Find = std::function<Setting*(std::string_view)>;

  Recipe(const std::filesystem::path& file, Find find, Texts keys, Texts groups)
      : file_(file), find_(std::move(find)), keys_(std::move(keys)), groups_(std::move(groups)) {}

  /// Assigns what can be assigned, then throws all that is wrong.
  void apply(const YAML::Node& root) {
    apply_map(root, "");
    problems_.raise();
  }

 private:
  void apply_map(const YAML::Node& map, const std::string& prefix) {
    for (const auto& entry : map) {
      problems_.attempt([&] { apply_entry(entry.first, entry.second, prefix); });
    }
  }

  void apply_entry(const YAML::Node& name, const YAML::Node& node, const std::string& prefix) {
    if (!name.IsScalar()) throw FormatError(file_, line_of(name.Mark()), "a key", found(name));
    const std::string key = prefix + name.Scalar();
    if (!seen_.insert(key).second) {
      throw FormatError(file_, place(name, key), "one value", "the key a second time");
    }
    if (Setting* setting = find_(key)) return assign(*setting, name, node);
    if (std::count(groups_.begin(), groups_.end(), key) == 0) throw unknown(name, key);
    if (node.IsMap()) return apply_map(node, key + ".");
    throw UsageError(message(name, key, "a map of settings", found(node)));
  }

  void assign(Setting& setting, const YAML::Node& name, const YAML::Node& node) {
    const auto value = to_value(node);
    if (value && setting.assign(*value)) return;
    throw UsageError(message(name, setting.key(), setting.expected(), found(node)));
  }

  UsageError unknown(const YAML::Node& name, const std::string& key) const {
    Texts known = keys_;
    known.insert(known.end(), groups_.begin(), groups_.end());
    return UsageError(file_.string() + ": " + line_of(name.Mark()) + ": unknown key " +
                      printable(key, 60) + nearest_hint(key, known));
  }

  static std::string place(const YAML::Node& name, const std::string& key) {
    return line_of(name.Mark()) + ": " + printable(key, 60);
  }

  std::string message(const YAML::Node& name, const std::string& key, const std::string& expected,
                      const std::string& what) const {
    return FormatError(file_, place(name, key), expected, what).what();
  }

  const std::filesystem::path& file_;
  Find find_;
  Texts keys_;
  Texts groups_;
  std::set<std::string> seen_;
  Problems problems_;
};

// The value that an option gives `setting`: `[a, b]` is a list where one is wanted, anything else
// is taken as it stands. Nothing where a list is not well formed.
std::optional<SettingValue> option_value(const Setting& setting, const std::string& text) {
  const bool wants_list = std::holds_alternative<Texts>(setting.default_value());
  if (!wants_list || !text.starts_with('[')) return text;
  try {
    return to_value(YAML::Load(text));
  } catch (const YAML::Exception&) {
    return std::nullopt;
  }
}

std::string shown(const SettingValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  std::string out;
  for (const std::string& text : std::get<Texts>(value)) out += (out.empty() ? "" : ", ") + text;
  return "[" + out + "]";
}

void emit(YAML::Emitter& out, const SettingValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    out << *text;
    return;
  }
  out << YAML::Flow << YAML::BeginSeq;
  for (const std::string& text : std::get<Texts>(value)) out << text;
  out << YAML::EndSeq;
}

Texts split_key(const std::string& key) {
  Texts parts;
  std::istringstream in(key);
  for (std::string part; std::getline(in, part, '.');) parts.push_back(part);
  return parts;
}

// Closes the groups of `open` that `key` is not in and opens its own. Returns its last part.
std::string enter_groups(YAML::Emitter& out, Texts& open, const std::string& key) {
  const Texts parts = split_key(key);
  const auto groups = std::prev(parts.end());
  const auto [left, wanted] = std::mismatch(open.begin(), open.end(), parts.begin(), groups);
  for (auto group = left; group != open.end(); ++group) out << YAML::EndMap;
  open.assign(parts.begin(), groups);
  for (auto group = wanted; group != groups; ++group) {
    out << YAML::Key << *group << YAML::Value << YAML::BeginMap;
  }
  return parts.back();
}

}  // namespace

void SettingsTable::load(const std::filesystem::path& file) {
  parse(read_text_file(file), file);
}

void SettingsTable::parse(std::string_view yaml, const std::filesystem::path& file) {
  with_yaml_errors(file, [&] {
    const YAML::Node root = read_document(yaml, file);
    if (root.IsNull()) return;
    if (!root.IsMap()) {
      throw FormatError(file, line_of(root.Mark()), "a map of settings", found(root));
    }
    Texts groups;
    for (const Group& group : groups_) groups.push_back(group.key);
    Recipe recipe(
        file, [this](std::string_view key) { return find(key); }, keys(), groups);
    recipe.apply(root);
  });
}

void SettingsTable::set(std::string_view assignment, std::string_view option) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    throw UsageError(std::string(option) + ": expected key=value, found " +
                     printable(assignment, 60));
  }
  const std::string key(assignment.substr(0, equals));
  set(key, assignment.substr(equals + 1), std::string(option) + " " + printable(key, 60));
}

void SettingsTable::set(std::string_view key, std::string_view value, std::string_view option) {
  const std::string source(option);
  Setting* setting = find(key);
  if (setting == nullptr && is_group(key)) {
    throw UsageError(source + ": expected one key of the group, found the group");
  }
  if (setting == nullptr) throw UsageError(source + ": unknown key" + nearest_hint(key, keys()));
  const std::string text(value);
  const auto parsed = option_value(*setting, text);
  if (parsed && setting->assign(*parsed)) return;
  throw UsageError(source + ": expected " + setting->expected() + ", found " +
                   (text.empty() ? "empty text" : printable(text, 60)));
}

void SettingsTable::check_complete() const {
  Problems problems;
  for (const auto& setting : settings_) {
    if (setting->is_complete()) continue;
    problems.add(setting->key() + ": expected " + setting->expected() +
                 ", found nothing: give it in the recipe or with --set " + setting->key() +
                 "=VALUE");
  }
  problems.raise();
}

std::vector<std::string> SettingsTable::keys() const {
  Texts keys;
  for (const auto& setting : settings_) keys.push_back(setting->key());
  return keys;
}

std::vector<SettingDescription> SettingsTable::describe() const {
  std::vector<SettingDescription> rows;
  auto group = groups_.begin();
  for (std::size_t i = 0; i < settings_.size(); ++i) {
    for (; group != groups_.end() && group->first == i; ++group) {
      rows.push_back({group->key, "", "", group->help});
    }
    const Setting& setting = *settings_[i];
    rows.push_back(
        {setting.key(), setting.expected(), shown(setting.default_value()), setting.help()});
  }
  return rows;
}

std::string SettingsTable::to_yaml() const {
  YAML::Emitter out;
  Texts open;
  out << YAML::BeginMap;
  for (const auto& setting : settings_) {
    out << YAML::Key << enter_groups(out, open, setting->key()) << YAML::Value;
    emit(out, setting->value());
  }
  for (std::size_t i = 0; i < open.size(); ++i) out << YAML::EndMap;
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

void SettingsTable::add_setting(std::unique_ptr<Setting> setting) {
  check_free(setting->key());
  settings_.push_back(std::move(setting));
}

void SettingsTable::add_group(std::string key, std::string help) {
  check_free(key);
  groups_.push_back({std::move(key), std::move(help), settings_.size()});
}

void SettingsTable::check_free(std::string_view key) const {
  if (!contains(key) && !is_group(key)) return;
  throw std::logic_error("setting bound twice: " + std::string(key));
}

bool SettingsTable::is_group(std::string_view key) const {
  return std::any_of(groups_.begin(), groups_.end(),
                     [key](const Group& group) { return group.key == key; });
}

Setting* SettingsTable::find(std::string_view key) const {
  const auto has_key = [key](const auto& setting) { return setting->key() == key; };
  const auto found_at = std::find_if(settings_.begin(), settings_.end(), has_key);
  return found_at == settings_.end() ? nullptr : found_at->get();
}

}  // namespace tess2
