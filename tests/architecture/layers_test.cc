#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "architecture/layer_rules.h"

namespace tess2::architecture {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const fs::path kProject = TESS2_SOURCE_DIR;

TEST(Layers, OfTheProjectPointDownOnly) {
  const LayerTable table = read_layer_table(kProject / "tests/architecture/layers.txt");
  EXPECT_THAT(table.order, testing::Contains("diffusion"));
  EXPECT_THAT(upward_rules(table), IsEmpty());
  EXPECT_THAT(broken_rules(kProject / "src", table), IsEmpty());
}

// The checker itself, on small made-up trees.
class LayerRulesTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root_); }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& file, const std::string& content) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << content;
  }
  LayerTable table(const std::string& rules) const {
    std::ofstream(root_ / "layers.txt") << rules;
    return read_layer_table(root_ / "layers.txt");
  }
  std::vector<std::string> broken() const {
    return broken_rules(root_, table("core:\ntext: core\nmodel: core\n"));
  }
  std::string place(const std::string& file) const { return (root_ / file).string(); }

  const fs::path root_ =
      fs::path(testing::TempDir()) / ("layer_rules_test_" + std::to_string(getpid()));
};

TEST_F(LayerRulesTest, AcceptsIncludesThatPointDown) {
  write("core/error.h", "#include <string>\n");
  write("text/utf8.cc", "#include \"text/utf8.h\"\n#include \"core/error.h\"\n");
  write("model/lm.cc", "#include <ATen/ATen.h>\n#include \"core/error.h\"\n");
  EXPECT_THAT(broken(), IsEmpty());
}

TEST_F(LayerRulesTest, RefusesIncludesThatPointUpOrSideways) {
  write("core/error.cc", "#include \"core/error.h\"\n\n  #  include \"text/utf8.h\"\n");
  write("text/deep/utf8.h", "#include <model/lm.h>\n");
  EXPECT_THAT(
      broken(),
      ElementsAre(place("core/error.cc") + ":3: core may not include text, found text/utf8.h",
                  place("text/deep/utf8.h") + ":1: text may not include model, found model/lm.h"));
}

TEST_F(LayerRulesTest, RefusesLibTorchWhereItMustStayOut) {
  write("text/utf8.h", "#include <torch/torch.h>\n#include <ATen/ATen.h>\n");
  write("core/log.cc", "#include <c10/util/Logging.h>\n");
  EXPECT_THAT(broken(), SizeIs(3));
}

TEST_F(LayerRulesTest, RefusesIncludesBesideTheFileAndUnknownLayers) {
  write("core/error.cc", "#include \"error.h\"\n");
  write("extra/a.cc", "");
  EXPECT_THAT(broken(), ElementsAre(place("core/error.cc") +
                                        ":1: expected an include relative to src/, found error.h",
                                    place("extra") + ": this layer is not in the table"));
}

TEST_F(LayerRulesTest, RefusesATableThatPointsUp) {
  EXPECT_THAT(upward_rules(table("core: text\ntext: core # fine\n")),
              ElementsAre("core -> text points up"));
}

TEST_F(LayerRulesTest, RefusesATableThatIsNotOne) {
  EXPECT_THROW(table("core\n"), std::runtime_error);
  EXPECT_THROW(table("core:\ncore:\n"), std::runtime_error);
  EXPECT_THROW(read_layer_table(root_ / "missing.txt"), std::runtime_error);
}

}  // namespace
}  // namespace tess2::architecture
