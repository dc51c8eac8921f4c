#include "core/fingerprint.h"

#include <gtest/gtest.h>

namespace tess2 {
namespace {

std::string mark(std::initializer_list<std::string_view> texts) {
  Fingerprint fingerprint;
  for (const auto text : texts) fingerprint.add(text);
  return fingerprint.text();
}

TEST(Fingerprint, StartsAtTheOffsetOfTheSum) {
  EXPECT_EQ(mark({}), "cbf29ce484222325");  // FNV-1a of nothing
}

TEST(Fingerprint, TellsTextsAndTheirBoundsApart) {
  EXPECT_EQ(mark({"ab", "c"}), mark({"ab", "c"}));
  EXPECT_NE(mark({"ab"}), mark({"a", "b"}));
  EXPECT_NE(mark({"a", ""}), mark({"a"}));
  EXPECT_NE(mark({"ab"}), mark({"ba"}));
  EXPECT_EQ(mark({"x"}).size(), 16u);
}

}  // namespace
}  // namespace tess2
