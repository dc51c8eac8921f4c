// Recipes: YAML text into a settings table, and back.
#include "core/settings.h"

#include "fuzz.h"

using namespace tess2;

namespace {

struct Inner {
  double rate = 0.5;
  std::vector<std::string> names = {"a", "b"};

  void bind(SettingsBinder& b) {
    b.field("rate", rate, "a rate").at_least(0).at_most(1);
    b.field("names", names, "some names");
  }
};

struct Outer {
  std::int64_t steps = 3;
  std::filesystem::path folder = "x";
  bool on = false;
  Inner inner;

  void bind(SettingsBinder& b) {
    b.field("steps", steps, "a count").at_least(1);
    b.field("folder", folder, "a folder");
    b.field("on", on, "a switch");
    b.group("inner", inner, "a group");
  }
};

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {"steps: 7\nfolder: a/b\non: true\ninner: {rate: 0.25, names: [x, 'y z']}\n",
          "inner:\n  rate: 1e-3\n  names:\n    - q\n"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::allow_errors([&] {
    Outer read;
    SettingsTable table(read);
    table.parse(fuzz::as_text(data, size), "recipe.yaml");
    // What was read is written so that it reads back the same.
    Outer again;
    SettingsTable second(again);
    second.parse(table.to_yaml(), "again.yaml");
    fuzz::require(second.to_yaml() == table.to_yaml(), "a recipe survives being written");
    fuzz::require(read.steps >= 1 && read.inner.rate >= 0 && read.inner.rate <= 1, "ranges hold");
  });
  return 0;
}
