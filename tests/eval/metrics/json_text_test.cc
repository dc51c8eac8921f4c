#include "eval/metrics/json_text.h"

#include <gtest/gtest.h>

namespace tess2::eval {
namespace {

TEST(IsJson, AcceptsWhatPythonReads) {
  for (const TextView text :
       {U"{}", U" [1, -2.5e+3, true, null, \"a\\u00e9\\n\"] ", U"0", U"\"\"", U"NaN", U"-Infinity",
        U"{\"a\": {\"b\": []}, \"a\": 1}", U"[1e999]"}) {
    EXPECT_TRUE(is_json(text)) << encode(text);
  }
}

TEST(IsJson, RefusesWhatPythonRefuses) {
  for (const TextView text : {U"",         U"{",   U"[1,]", U"{\"a\": 1,}", U"{a: 1}",
                              U"'a'",      U"01",  U"1.",   U".5",          U"-",
                              U"+1",       U"1 2", U"\"a",  U"\"\\x\"",     U"\"\\u12g4\"",
                              U"\"a\nb\"", U"tru", U"-NaN", U"{\"a\" 1}",   U"\u00a0{}"}) {
    EXPECT_FALSE(is_json(text)) << encode(text);
  }
}

TEST(IsJson, RefusesWhatIsNestedTooDeep) {
  EXPECT_TRUE(is_json(Text(500, U'[') + Text(500, U']')));
  EXPECT_FALSE(is_json(Text(100000, U'[')));
}

}  // namespace
}  // namespace tess2::eval
