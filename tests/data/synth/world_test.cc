#include "data/synth/world.h"

#include <gmock/gmock.h>

#include "core/error.h"

namespace tess2::data::synth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t kPark = 0, kFarm = 1;
constexpr std::size_t kTom = 0, kAnn = 1, kBall = 0, kHat = 1;

class WorldTest : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.add_person("Tom", kPark);
    world_.add_person("Ann", kFarm);
    world_.add_thing("ball", kPark);
    world_.add_thing("hat", kFarm);
  }
  World world_;
};

TEST_F(WorldTest, ThingsGoWithTheirHolder) {
  world_.take(kTom, kBall);
  world_.go(kTom, kFarm);
  EXPECT_EQ(world_.place_of_thing(kBall), kFarm);
  world_.take(kTom, kHat);
  EXPECT_THAT(world_.held_by(kTom), ElementsAre(kBall, kHat));
  world_.give(kTom, kAnn, kBall);
  EXPECT_EQ(world_.holder(kBall), kAnn);
  world_.drop(kTom, kHat);
  world_.go(kTom, kPark);
  EXPECT_EQ(world_.place_of_thing(kHat), kFarm);
  EXPECT_THAT(world_.held_by(kTom), IsEmpty());
  EXPECT_FALSE(world_.together(kTom, kAnn));
}

TEST_F(WorldTest, ThingsBreakRunOffAndGo) {
  world_.take(kTom, kBall);
  world_.damage(kBall);
  EXPECT_FALSE(world_.whole(kBall));
  world_.mend(kTom, kBall);
  EXPECT_TRUE(world_.whole(kBall));
  world_.run_off(kBall, kFarm);
  EXPECT_EQ(world_.holder(kBall), std::nullopt);
  EXPECT_EQ(world_.place_of_thing(kBall), kFarm);
  world_.lose_for_good(kBall);
  EXPECT_EQ(world_.place_of_thing(kBall), std::nullopt);
}

TEST_F(WorldTest, RefusesWhatCannotHappen) {
  EXPECT_THROW(world_.go(kTom, kPark), Error);
  EXPECT_THROW(world_.take(kAnn, kBall), Error);
  EXPECT_THROW(world_.drop(kTom, kBall), Error);
  EXPECT_THROW(world_.give(kTom, kAnn, kBall), Error);
  EXPECT_THROW(world_.run_off(kBall, kPark), Error);
  EXPECT_THROW(world_.mend(kTom, kBall), Error);
  world_.take(kTom, kBall);
  EXPECT_THROW(world_.give(kTom, kAnn, kBall), Error);
  EXPECT_THROW(world_.give(kTom, kTom, kBall), Error);
  EXPECT_THROW(world_.take(kTom, kBall), Error);
  EXPECT_THROW(world_.mend(kTom, kBall), Error);
  world_.damage(kBall);
  EXPECT_THROW(world_.damage(kBall), Error);
  world_.lose_for_good(kBall);
  EXPECT_THROW(world_.take(kTom, kBall), Error);
  EXPECT_THROW(world_.lose_for_good(kBall), Error);
}

}  // namespace
}  // namespace tess2::data::synth
