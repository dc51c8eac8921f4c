#include "eval/metrics/ifeval.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "support/temporary_folder.h"

namespace tess2::eval {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

IfevalPrompt prompt_with(const std::string& id, const json& arguments) {
  return parse_ifeval_prompt({{"prompt", "p"},
                              {"instruction_id_list", json::array({id})},
                              {"kwargs", json::array({arguments})}},
                             "a.jsonl", "line 1");
}

bool follows(const std::string& id, const json& arguments, std::string_view response) {
  return judge_ifeval(prompt_with(id, arguments), response).strict.front();
}

TEST(Keywords, MayBePartsOfWordsInAnyCase) {
  const json both = {{"keywords", {"art", "Sun"}}};
  EXPECT_TRUE(follows("keywords:existence", both, "START at sunrise"));
  EXPECT_FALSE(follows("keywords:existence", both, "START at dawn"));
}

TEST(Keywords, AreCountedWithoutOverlap) {
  const auto count = [](int frequency, const char* relation, std::string_view response) {
    return follows("keywords:frequency",
                   {{"keyword", " aa "}, {"frequency", frequency}, {"relation", relation}},
                   response);
  };
  EXPECT_TRUE(count(2, "at least", "aaAAa"));
  EXPECT_FALSE(count(3, "at least", "aaAAa"));
  EXPECT_FALSE(count(2, "less than", "aaAAa"));
  EXPECT_TRUE(count(3, "less than", "aaAAa"));
}

TEST(Keywords, AreForbiddenAsWholeWords) {
  const json forbidden = {{"forbidden_words", {"rock", "so so"}}};
  EXPECT_TRUE(follows("keywords:forbidden_words", forbidden, "Rocky rocks, so sorry"));
  EXPECT_FALSE(follows("keywords:forbidden_words", forbidden, "A ROCK."));
  EXPECT_FALSE(follows("keywords:forbidden_words", forbidden, "so so"));
}

TEST(Letters, AreCountedInEitherCase) {
  const auto count = [](const char* letter, int frequency, std::string_view response) {
    return follows("keywords:letter_frequency",
                   {{"letter", letter}, {"let_frequency", frequency}, {"let_relation", "at least"}},
                   response);
  };
  EXPECT_TRUE(count("N", 3,
                    "Nine"
                    "n"));
  EXPECT_FALSE(count("n", 4, "Ninen"));
  EXPECT_TRUE(count("#", 2, "##"));
}

TEST(Letters, ThatAreNoneAreDrawnByTheOfficialProgram) {
  const json arguments = {{"letter", "#"}, {"let_frequency", 2}, {"let_relation", "at least"}};
  EXPECT_FALSE(prompt_with("keywords:letter_frequency", arguments).instructions.front().determined);
  EXPECT_TRUE(prompt_with("punctuation:no_comma", json::object()).instructions.front().determined);
}

TEST(Case, IsCheckedWithTheLanguage) {
  const json none = json::object();
  EXPECT_TRUE(
      follows("change_case:english_lowercase", none, "this is what i would say to them, 1!"));
  EXPECT_FALSE(follows("change_case:english_lowercase", none, "this is what I would say."));
  EXPECT_FALSE(
      follows("change_case:english_lowercase", none, "das ist nicht das, was ich sagen würde."));
  EXPECT_TRUE(follows("change_case:english_capital", none,
                      "THIS IS THE TEXT THAT I WOULD WRITE IN CAPITALS TO THE CITY."));
  EXPECT_FALSE(follows("change_case:english_capital", none, "THIS IS NOT IT, as you see."));
  EXPECT_FALSE(follows("change_case:english_capital", none, "12 + 3"));
}

TEST(CapitalWords, AreTokens) {
  const auto count = [](int frequency, std::string_view response) {
    return follows("change_case:capital_word_frequency",
                   {{"capital_frequency", frequency}, {"capital_relation", "at least"}}, response);
  };
  EXPECT_TRUE(count(4, "I SAID well-known, U.S. and STOP-GO."));
  EXPECT_FALSE(count(5, "I SAID well-known, U.S. and STOP-GO."));
  EXPECT_TRUE(count(2, "CANNOT"));  // CAN and NOT
}

TEST(Language, OfATextWithoutLettersIsRight) {
  EXPECT_TRUE(follows("language:response_language", {{"language", "de"}}, "1, 2, 3"));
  EXPECT_FALSE(follows("language:response_language", {{"language", "de"}}, "This is not it."));
}

TEST(Commas, AreSeen) {
  EXPECT_TRUE(follows("punctuation:no_comma", json::object(),
                      "a; b\xef\xbc\x8c"
                      "c"));
  EXPECT_FALSE(follows("punctuation:no_comma", json::object(), "a, b"));
}

TEST(Bullets, AreLinesWithAStarOrADash) {
  const auto count = [](int bullets, std::string_view response) {
    return follows("detectable_format:number_bullet_lists", {{"num_bullets", bullets}}, response);
  };
  EXPECT_TRUE(count(3, "* a\n  * b\nx * y\n-c"));
  EXPECT_TRUE(count(0, "** a **\n*"));
  EXPECT_TRUE(count(1, "*\n* swallowed"));  // the line end follows the star, and the next line
  EXPECT_TRUE(count(1, "---"));
  EXPECT_TRUE(count(1, "\n\n* a\n"));
}

TEST(Highlights, AreCountedAsSingleAndAsDouble) {
  const auto count = [](int highlights, std::string_view response) {
    return follows("detectable_format:number_highlighted_sections",
                   {{"num_highlights", highlights}}, response);
  };
  EXPECT_TRUE(count(2, "*a* and **b**"));
  EXPECT_FALSE(count(3, "*a* and **b**"));
  EXPECT_FALSE(count(1, "* * ** ** *a\nb*"));
  EXPECT_TRUE(count(1, "***a***"));
}

TEST(Sections, AreNamedAndNumbered) {
  const json two = {{"section_spliter", "Section"}, {"num_sections", 2}};
  EXPECT_TRUE(follows("detectable_format:multiple_sections", two, "Section 1 a\nSection2: b"));
  EXPECT_FALSE(follows("detectable_format:multiple_sections", two, "SECTION 1 a\nSection 2 b"));
  EXPECT_FALSE(follows("detectable_format:multiple_sections", two, "Section  1 Section X"));
}

TEST(Json, MayStandBetweenTicks) {
  const json none = json::object();
  EXPECT_TRUE(follows("detectable_format:json_format", none, " ```JSON\n{\"a\": 1}\n``` "));
  EXPECT_TRUE(follows("detectable_format:json_format", none, "[1]"));
  EXPECT_FALSE(follows("detectable_format:json_format", none, "Here: {\"a\": 1}"));
  EXPECT_FALSE(follows("detectable_format:json_format", none, "```\n```"));
}

TEST(Title, StandsInDoubleBracketsOnOneLine) {
  const json none = json::object();
  EXPECT_TRUE(follows("detectable_format:title", none, "<<a>> b"));
  EXPECT_FALSE(follows("detectable_format:title", none, "<< >>\n<<a\n>>"));
  EXPECT_FALSE(follows("detectable_format:title", none, "<<>>"));
  EXPECT_FALSE(follows("detectable_format:title", none, "<<<>>>"));
}

TEST(ConstrainedResponse, IsOneOfThree) {
  const json none = json::object();
  EXPECT_TRUE(follows("detectable_format:constrained_response", none, "Well. My answer is maybe."));
  EXPECT_FALSE(follows("detectable_format:constrained_response", none, "my answer is yes."));
}

TEST(Placeholders, CloseOnTheirLine) {
  const json two = {{"num_placeholders", 2}};
  EXPECT_TRUE(follows("detectable_content:number_placeholders", two, "[a [b] []"));
  EXPECT_FALSE(follows("detectable_content:number_placeholders", two, "[a\n] [b]"));
}

TEST(Postscript, StandsAnywhere) {
  const json ps = {{"postscript_marker", "P.S."}};
  const json pps = {{"postscript_marker", "P.P.S"}};
  EXPECT_TRUE(follows("detectable_content:postscript", ps, "Bye\np. s. more"));
  EXPECT_FALSE(follows("detectable_content:postscript", ps, "PS: more"));
  EXPECT_TRUE(follows("detectable_content:postscript", pps, "P.P. S more"));
  EXPECT_FALSE(follows("detectable_content:postscript", pps, "P.S. more"));
}

TEST(Lengths, AreCounted) {
  const auto words = [](int count, std::string_view response) {
    return follows("length_constraints:number_words",
                   {{"num_words", count}, {"relation", "at least"}}, response);
  };
  EXPECT_TRUE(words(3, "it's so"));
  EXPECT_FALSE(words(4, "it's so"));
  const json less = {{"num_sentences", 3}, {"relation", "less than"}};
  EXPECT_TRUE(follows("length_constraints:number_sentences", less, "One. Two."));
  EXPECT_FALSE(follows("length_constraints:number_sentences", less, "One. Two. Three."));
}

TEST(Paragraphs, AreDividedByThreeStars) {
  const json two = {{"num_paragraphs", 2}};
  EXPECT_TRUE(follows("length_constraints:number_paragraphs", two, "a\n***\nb"));
  EXPECT_TRUE(follows("length_constraints:number_paragraphs", two, "***\na\n\n***\n\nb\n***"));
  EXPECT_FALSE(follows("length_constraints:number_paragraphs", two, "a\n***\n \n***\nb"));
  EXPECT_FALSE(follows("length_constraints:number_paragraphs", two, "a\n\nb"));
}

TEST(FirstWord, OfAParagraphIsFoundPastQuotes) {
  const json second = {{"num_paragraphs", 2}, {"nth_paragraph", 2}, {"first_word", "Elm"}};
  const std::string id = "length_constraints:nth_paragraph_first_word";
  EXPECT_TRUE(follows(id, second, "a\n\n'\"ELM's tree"));
  EXPECT_FALSE(follows(id, second, "a\n\nElmo"));
  EXPECT_FALSE(follows(id, second, "a\n\n\n\nElm"));  // a blank paragraph is the second
  EXPECT_FALSE(follows(id, second, "Elm"));
  EXPECT_FALSE(follows(id, second, "a\n\nElm\n\nb"));
}

TEST(TwoResponses, Differ) {
  const json none = json::object();
  EXPECT_TRUE(follows("combination:two_responses", none, "a\n******\nb\n******"));
  EXPECT_FALSE(follows("combination:two_responses", none, "a\n******\n a"));
  EXPECT_FALSE(follows("combination:two_responses", none, "a ****** ****** b"));
  EXPECT_FALSE(follows("combination:two_responses", none, "a"));
}

TEST(RepeatedPrompt, ComesFirst) {
  const json arguments = {{"prompt_to_repeat", " Say hi. "}};
  EXPECT_TRUE(follows("combination:repeat_prompt", arguments, "\nSAY HI. hi"));
  EXPECT_FALSE(follows("combination:repeat_prompt", arguments, "\"Say hi.\" hi"));
}

TEST(Ends, AreSeenPastQuotes) {
  const json arguments = {{"end_phrase", "Any other questions? "}};
  EXPECT_TRUE(follows("startend:end_checker", arguments, "\"Done. any OTHER questions?\" "));
  EXPECT_FALSE(follows("startend:end_checker", arguments, "Any other questions? No."));
  EXPECT_TRUE(follows("startend:quotation", json::object(), " \"a\"\n"));
  EXPECT_FALSE(follows("startend:quotation", json::object(), "\""));
  EXPECT_FALSE(follows("startend:quotation", json::object(),
                       "\xe2\x80\x9c"
                       "a\xe2\x80\x9d"));
}

TEST(JudgeIfeval, IsLooseAboutLinesAndStars) {
  const json record = {
      {"prompt", "p"},
      {"instruction_id_list", json::array({"punctuation:no_comma", "startend:quotation"})},
      {"kwargs", json::array({json::object(), json::object()})}};
  const auto prompt = parse_ifeval_prompt(record, "a.jsonl", "line 1");
  const auto verdict = judge_ifeval(prompt, "Sure, here:\n*\"a\"*\nThat, then.");
  EXPECT_THAT(verdict.strict, ElementsAre(false, false));
  EXPECT_THAT(verdict.loose, ElementsAre(true, true));
  const auto one_line = judge_ifeval(prompt, "a, b");
  EXPECT_THAT(one_line.loose, ElementsAre(false, false));
}

TEST(JudgeIfeval, FollowsNothingWithABlankResponse) {
  const auto verdict = judge_ifeval(prompt_with("punctuation:no_comma", json::object()), " \n");
  EXPECT_THAT(verdict.strict, ElementsAre(false));
  EXPECT_THAT(verdict.loose, ElementsAre(false));
}

TEST(IfevalAccuracy, CountsPromptsAndInstructions) {
  IfevalAccuracy accuracy;
  EXPECT_EQ(accuracy.prompt_rate(), 0.0);
  accuracy.add({true, true});
  accuracy.add({true, false});
  EXPECT_DOUBLE_EQ(accuracy.prompt_rate(), 0.5);
  EXPECT_DOUBLE_EQ(accuracy.instruction_rate(), 0.75);
}

std::string problem_of(const json& record) {
  try {
    parse_ifeval_prompt(record, "a.jsonl", "line 3");
  } catch (const FormatError& error) {
    return error.what();
  }
  return "no error";
}

json record_with(const std::string& id, const std::vector<json>& arguments) {
  return {{"prompt", "p"}, {"instruction_id_list", json::array({id})}, {"kwargs", arguments}};
}

TEST(ParseIfevalPrompt, NamesWhatIsWrong) {
  EXPECT_EQ(problem_of({{"prompt", 1}}),
            "a.jsonl: line 3: prompt: expected a string, found a value of type number");
  EXPECT_THAT(problem_of(record_with("keywords:existense", {json::object()})),
              EndsWith("instruction_id_list[0]: expected a known instruction, found "
                       "\"keywords:existense\" (did you mean keywords:existence?)"));
  EXPECT_THAT(problem_of(record_with("punctuation:no_comma", {})),
              HasSubstr("kwargs: expected 1 objects, found 0"));
  EXPECT_THAT(problem_of(record_with("keywords:existence", {json::object()})),
              HasSubstr("kwargs[0].keywords: expected a list of strings, found nothing"));
  EXPECT_THAT(problem_of(record_with("length_constraints:number_words",
                                     {{{"num_words", -1}, {"relation", "at least"}}})),
              HasSubstr("kwargs[0].num_words: expected a whole number, not negative, found -1"));
  EXPECT_THAT(problem_of(record_with("length_constraints:number_words",
                                     {{{"num_words", 1.0}, {"relation", "around"}}})),
              HasSubstr("kwargs[0].relation: expected \"less than\" or \"at least\", found "
                        "\"around\""));
}

TEST(ReadIfevalPrompts, ReadsEachLine) {
  const test_support::TemporaryFolder folder;
  const auto file = folder.path() / "a.jsonl";
  write_file_atomically(file, [](std::ostream& out) {
    out << record_with("punctuation:no_comma", {json::object()}) << "\n"
        << record_with("startend:quotation", {{{"num_words", nullptr}}}) << "\n";
  });
  const auto prompts = read_ifeval_prompts(file);
  ASSERT_EQ(prompts.size(), 2u);
  EXPECT_EQ(prompts[1].instructions.front().id, "startend:quotation");
}

}  // namespace
}  // namespace tess2::eval
