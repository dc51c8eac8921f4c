#include "eval/harness/template.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace tess2::eval {
namespace {

std::string filled(std::string_view text) {
  return fill_template(text, {{"a", "1"}, {"long_name", "{a}"}}, {"t.yaml", "prompt.question"});
}

TEST(Template, BlanksBecomeFields) {
  EXPECT_EQ(filled("{a} and {a}, {long_name}"), "1 and 1, {a}");
  EXPECT_EQ(filled(""), "");
}

TEST(Template, OtherBracesStandForThemselves) {
  EXPECT_EQ(filled("{A} {} {a b} {{a} } {"), "{A} {} {a b} {1 } {");
}

TEST(Template, AnUnknownFieldNamesFileKeyAndTheKnownOnes) {
  EXPECT_EQ(test_support::error_of([] { filled("{b}"); }),
            "t.yaml: prompt.question: expected fields of the record (a, long_name), found {b}");
}

}  // namespace
}  // namespace tess2::eval
