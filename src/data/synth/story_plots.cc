#include "data/synth/story_plots.h"

namespace tess2::data::synth {
namespace {

Plot lost_thing() {
  return {
      .wish = Wish::kHeroHasThing,
      .owner = FirstOwner::kHero,
      .beginning = {{Event::kNone,
                     {"{He} had {a fine}.", "{He} loved {his} {fine}.",
                      "{His} best thing was {a fine}.",
                      "{He} had {a fine} and took it everywhere."}},
                    {Event::kHeroGoesAway,
                     {"One day, {he} took the {thing} to the {away}.",
                      "One morning, {he} went to the {away} with {his} {thing}.",
                      "After lunch, {he} ran to the {away} with the {thing}."}},
                    {Event::kHeroDrops,
                     {"The {thing} fell out of {his} hand, but {he} did not see it.",
                      "{He} put the {thing} down and began to play.",
                      "{He} ran so fast that the {thing} fell into the grass."}},
                    {Event::kHeroGoesHome,
                     {"Back {at home}, {he} saw that the {thing} was lost.",
                      "When {he} was {at home} again, {he} could not find it.",
                      "{He} went to the {home} and then missed the {thing}."}}},
      .good_luck = {{Event::kHeroGoesAway,
                     {"So {he} went back to the {away}.", "{He} ran back to the {away} to look.",
                      "In the evening, {he} went to the {away} again."}},
                    {Event::kHeroTakes,
                     {"The {thing} was still there, under a tree.",
                      "There it was, in the grass, and {he} took it.",
                      "{He} found the {thing} behind a stone."}}},
      .bad_luck = {{Event::kThingIsGone,
                    {"But a fox took the {thing} in the night.",
                     "But the rain and the wind took it away.",
                     "But somebody took the {thing} and ran away."}},
                   {Event::kHeroGoesAway,
                    {"{Hero} looked {at away} all day and found nothing.",
                     "{Hero} went back to the {away}, but the {thing} was not there.",
                     "{Hero} asked everybody {at away}, but nobody knew."}}},
  };
}

Plot wish_for_thing() {
  return {
      .wish = Wish::kHeroHasThing,
      .owner = FirstOwner::kFriend,
      .beginning = {{Event::kNone,
                     {"{His} friend {friend} had {a fine}.",
                      "{He} had a friend named {friend} with {a fine}.",
                      "One day, {his} friend {friend} found {a fine}."}},
                    {Event::kNone,
                     {"{Hero} wanted to have it.", "Every night, {hero} thought of the {thing}.",
                      "{Hero} liked the {thing} very much."}},
                    {Event::kHeroGoesAway,
                     {"One day, {hero} went to the {away} to see {friend}.",
                      "{Friend} was {at away}, so {hero} went there.",
                      "After lunch, {hero} ran to {friend}, who was {at away}."}},
                    {Event::kNone,
                     {"\"May I have the {thing}?\" asked {hero}.",
                      "\"Please give me the {thing},\" said {hero}.",
                      "\"Can I play with your {thing}?\" asked {hero}."}}},
      .good_luck = {{Event::kFriendGives,
                     {"\"Yes, it is for you,\" said {friend}.",
                      "{Friend} smiled and gave the {thing} to {hero}.",
                      "\"You are my best friend, so take it,\" said {friend}."}}},
      .bad_luck = {{Event::kNone,
                    {"\"No, it is mine,\" said {friend}.", "{Friend} did not want to give it away.",
                     "\"No, I need it,\" said {friend} and ran away."}}},
  };
}

Plot gift() {
  return {
      .wish = Wish::kFriendHasThing,
      .owner = FirstOwner::kHero,
      .beginning =
          {{Event::kNone,
            {"{He} made {a fine} for {his} friend {friend}.",
             "It was the birthday of {his} friend {friend}, and {he} had {a fine}.",
             "{He} had {a fine} that {his} friend {friend} liked."}},
           {Event::kNone,
            {"{He} wanted to give it to {friend}.", "{He} put the {thing} in a bag for {friend}.",
             "{He} hoped that {friend} would like the {thing}."}},
           {Event::kNone,
            {"{Friend} was {at away} that day.", "That morning, {friend} was {at away}."}}},
      .good_luck = {{Event::kHeroGoesAway,
                     {"{Hero} took the {thing} to the {away}.",
                      "{Hero} ran all the way to the {away}."}},
                    {Event::kHeroGives,
                     {"\"This is for you,\" said {hero} and gave {friend} the {thing}.",
                      "{Friend} took the {thing} and said thank you.",
                      "\"Thank you, {hero}!\" said {friend} and took the {thing}."}}},
      .bad_luck = {{Event::kThingIsGone,
                    {"On the way, the {thing} fell into deep water.",
                     "But on the way, a big goat ate the {thing}.",
                     "But the wind took the {thing} away."}},
                   {Event::kHeroGoesAway,
                    {"{Hero} came to the {away} with nothing for {friend}.",
                     "{Hero} went to the {away}, but had no gift."}}},
  };
}

Plot broken_thing() {
  return {
      .wish = Wish::kThingIsWhole,
      .owner = FirstOwner::kHero,
      .beginning = {{Event::kNone,
                     {"{He} had {a fine}.", "Every day, {he} played with {his} {fine}.",
                      "{He} loved {his} {fine}."}},
                    {Event::kThingBreaks,
                     {"One day, the {thing} fell on a stone and broke.",
                      "One morning, {he} fell and the {thing} broke.",
                      "But one day, the {thing} did not work and was broken."}},
                    {Event::kHeroGoesAway,
                     {"{He} took it to {friend}, who was {at away}.",
                      "{He} went to the {away} to ask {friend} for help.",
                      "{Friend} was {at away}, and {hero} went there with the {thing}."}}},
      .good_luck = {{Event::kFriendMends,
                     {"\"I can help,\" said {friend} and fixed the {thing}.",
                      "{Friend} looked at the {thing} and fixed it.",
                      "They worked all day, and then the {thing} was like new."}}},
      .bad_luck = {{Event::kNone,
                    {"\"I can not fix it,\" said {friend}.",
                     "{Friend} tried all day, but the {thing} was still broken.",
                     "\"It is too late,\" said {friend}, and it was still broken."}}},
  };
}

Plot visit() {
  return {
      .wish = Wish::kTogether,
      .owner = FirstOwner::kNobody,
      .beginning = {{Event::kNone,
                     {"{His} best friend was {friend}.",
                      "{He} liked to play with {his} friend {friend}.",
                      "{He} had a good friend named {friend}."}},
                    {Event::kNone,
                     {"One day, {friend} was {at away}.", "That morning, {friend} was {at away}.",
                      "{Friend} went to the {away} to play."}},
                    {Event::kNone,
                     {"{Hero} wanted to see {friend}.", "{Hero} had bread and milk for them both.",
                      "{Hero} wanted to play with {friend}."}}},
      .good_luck = {{Event::kHeroGoesAway,
                     {"{Hero} went to the {away}, and {friend} was there.",
                      "{Hero} ran to the {away} and found {friend}.",
                      "At last, {hero} saw {friend} {at away}."}}},
      .bad_luck = {{Event::kFriendGoesFar,
                    {"But then {friend} went to the {far}.",
                     "But {friend} did not wait and went to the {far}."}},
                   {Event::kHeroGoesAway,
                    {"{Hero} went to the {away}, but nobody was there.",
                     "{Hero} looked {at away} and could not find {friend}.",
                     "{Hero} waited {at away} all day, but nobody came."}}},
  };
}

Plot trade() {
  return {
      .wish = Wish::kHeroHasThing,
      .owner = FirstOwner::kFriend,
      .beginning = {{Event::kNone,
                     {"{He} had {a fine other}, and {his} friend {friend} had {a fine}.",
                      "{His} friend {friend} had {a fine}, but {hero} only had {a fine other}."}},
                    {Event::kNone,
                     {"{Hero} liked the {thing} more than the {other}.",
                      "{Hero} wanted the {thing}.", "{Hero} thought that the {thing} was better."}},
                    {Event::kHeroGoesAway,
                     {"One day, {hero} took the {other} to {friend}, who was {at away}.",
                      "One morning, {hero} met {friend} {at away}."}},
                    {Event::kNone,
                     {"\"Do you want to swap?\" asked {hero}.",
                      "\"My {other} for your {thing},\" said {hero}."}}},
      .good_luck = {{Event::kTheySwap,
                     {"\"Yes, I like your {other},\" said {friend}, and they swapped.",
                      "{Friend} took the {other} and gave {hero} the {thing}.",
                      "\"Yes!\" said {friend} and gave {hero} the {thing}."}}},
      .bad_luck = {{Event::kNone,
                    {"\"No, I do not like your {other},\" said {friend}.",
                     "{Friend} looked at the {other} and said no.",
                     "\"No, the {thing} is better,\" said {friend}."}}},
  };
}

Plot lost_pet() {
  return {
      .wish = Wish::kHeroHasThing,
      .owner = FirstOwner::kHero,
      .about_pet = true,
      .beginning = {{Event::kNone,
                     {"{He} had {a fine}.", "{His} best friend was {a fine}.",
                      "{He} loved {his} {fine}."}},
                    {Event::kThingRunsAway,
                     {"One day, the {thing} ran away.", "One night, the {thing} ran to the {away}.",
                      "A loud noise came, and the {thing} ran away."}},
                    {Event::kNone,
                     {"{Hero} looked everywhere {at home}.", "\"Where are you?\" asked {hero}.",
                      "{Hero} was afraid for the {thing}."}}},
      .good_luck = {{Event::kHeroGoesAway,
                     {"Then {hero} went to the {away}.", "At last, {he} looked {at away}."}},
                    {Event::kHeroTakes,
                     {"The {thing} was there and ran to {him}.",
                      "The {thing} was under a tree, and {he} took it home.",
                      "There it was, wet and cold, and {he} took it in {his} arms."}}},
      .bad_luck = {{Event::kThingIsGone,
                    {"But nobody saw the {thing} again.", "But the {thing} was far, far away."}},
                   {Event::kHeroGoesAway,
                    {"{Hero} looked {at away} until dark and found nothing.",
                     "{Hero} went to the {away}, but the {thing} was not there."}}},
  };
}

}  // namespace

std::span<const Plot> plots() {
  static const std::vector<Plot> kPlots{lost_thing(), wish_for_thing(), gift(),    broken_thing(),
                                        visit(),      trade(),          lost_pet()};
  return kPlots;
}

const Phrases& introductions() {
  static const Phrases kIntroductions{
      "Once there was a {kind} named {hero}.",
      "{Hero} was a {kind} who liked to play {at home}.",
      "There was a little {kind}, and {his} name was {hero}.",
      "Once upon a time, a {kind} named {hero} was {at home}.",
      "A {kind} named {hero} lived near the {home}.",
      "{Hero} was a good little {kind}.",
  };
  return kIntroductions;
}

const Phrases& moods() {
  static const Phrases kMoods{
      "The sun was warm.",      "The wind was cold.",         "A bird sang in a tree.",
      "The sky was blue.",      "There was snow on the way.", "It was a long day.",
      "The moon was big.",      "It was still early.",        "Soft rain came down.",
      "A black cat sat there.",
  };
  return kMoods;
}

const Phrases& endings(bool happy) {
  static const Phrases kHappy{
      "{Hero} was very happy.",          "{Hero} smiled all day.",
      "It was the best day for {hero}.", "{Hero} laughed and danced.",
      "{Hero} jumped with joy.",         "{Hero} went home with a smile.",
      "{Hero} sang a happy song.",       "That night, {hero} slept well.",
  };
  static const Phrases kSad{
      "{Hero} was very sad.",         "{Hero} cried all day.",
      "It was a bad day for {hero}.", "{Hero} sat alone and cried.",
      "{Hero} went home in tears.",   "{Hero} said nothing and felt sad.",
      "{Hero} sang a sad song.",      "That night, {hero} could not sleep.",
  };
  return happy ? kHappy : kSad;
}

}  // namespace tess2::data::synth
