#include "serve/infill_endpoint.h"

#include "serve/server_test_support.h"

namespace tess2::serve {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Json = nlohmann::json;

class InfillEndpointTest : public ServerTest {
 protected:
  InfillEndpointTest() {
    host_.write = [](std::uint64_t) { return "the cat sat on the mat"; };
  }
  std::string error(const std::string& text) { return error_text(post(kInfill, {{"text", text}})); }
};

TEST_F(InfillEndpointTest, FillsTheHoles) {
  const Json reply =
      this->reply(kInfill, {{"text", "once [[2]], there [[1-3]] sat."}, {"seed", 4}});
  EXPECT_THAT(reply.at("id").get<std::string>(), StartsWith("infill-"));
  EXPECT_EQ(reply.at("object"), "tess2.infill");
  EXPECT_EQ(reply.at("model"), "fake");
  const std::string text = reply.at("text");
  ASSERT_EQ(reply.at("holes").size(), 2U);
  std::size_t at = 0;
  std::string outside;
  std::int64_t tokens = 0;
  for (const Json& hole : reply.at("holes")) {
    const std::size_t begin = hole.at("begin");
    const std::size_t end = hole.at("end");
    EXPECT_EQ(text.substr(begin, end - begin), hole.at("text"));
    outside += text.substr(at, begin - at) + "|";
    at = end;
    tokens += hole.at("tokens").get<std::int64_t>();
  }
  EXPECT_EQ(outside + text.substr(at), "once |, there | sat.");
  EXPECT_EQ(reply.at("holes").at(0).at("slots"), 2);
  EXPECT_EQ(reply.at("holes").at(1).at("slots"), 3);
  EXPECT_EQ(reply.at("usage").at("completion_tokens"), tokens);
  EXPECT_EQ(reply.at("usage").at("total_tokens"),
            reply.at("usage").at("prompt_tokens").get<std::int64_t>() + tokens);
  EXPECT_EQ(reply.at("tess2").at("seeds"), Json({4}));
  EXPECT_EQ(reply.at("tess2").at("steps"), Json({8}));
  EXPECT_FALSE(host_.settings().at(0).commitment.enabled);
}

TEST_F(InfillEndpointTest, AStreamEndsWithTheSameObject) {
  const Json body = {{"text", "once [[3]] sat."}, {"seed", 4}};
  const Json whole = reply(kInfill, body);
  Json asked = body;
  asked["tess2"] = {{"canvas", true}, {"alternatives", 1}};
  const auto events = stream(kInfill, asked);
  ASSERT_EQ(events.size(), 10U);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(events[i].name, "tess2.canvas");
    const Json canvas = Json::parse(events[i].data);
    EXPECT_EQ(canvas.at("step"), i + 1);
    ASSERT_EQ(canvas.at("slots").size(), 3U);
    EXPECT_EQ(canvas.at("slots").at(2).at("hole"), 0);
    EXPECT_EQ(canvas.at("slots").at(2).at("alternatives").size(), 1U);
  }
  const Json last = Json::parse(events.at(8).data);
  EXPECT_EQ(last.at("text"), whole.at("text"));
  EXPECT_EQ(last.at("holes"), whole.at("holes"));
  EXPECT_EQ(events.at(9).data, "[DONE]");
  EXPECT_EQ(stream(kInfill, body).size(), 2U);
}

TEST_F(InfillEndpointTest, UnusedPlacesHaveNoText) {
  host_.write = [](std::uint64_t) { return ""; };
  const auto events =
      stream(kInfill, {{"text", "a [[1-3]]b [[1-2]]"}, {"tess2", {{"canvas", true}}}});
  const Json canvas = Json::parse(events.at(7).data);
  ASSERT_EQ(canvas.at("slots").size(), 5U);
  for (const Json& slot : canvas.at("slots")) EXPECT_EQ(slot.at("text"), "");
  EXPECT_EQ(canvas.at("slots").at(4).at("hole"), 1);
}

TEST_F(InfillEndpointTest, MessagesComeBeforeTheText) {
  const Json alone = reply(kInfill, {{"text", "a [[1]]"}});
  const Json asked = reply(
      kInfill,
      {{"text", "a [[1]]"}, {"messages", Json::array({{{"role", "user"}, {"content", "why?"}}})}});
  EXPECT_GT(asked.at("usage").at("prompt_tokens"), alone.at("usage").at("prompt_tokens"));
}

TEST_F(InfillEndpointTest, EscapedHolesAreText) {
  const Json reply = this->reply(kInfill, {{"text", "\\[[8]] is not [[1]]"}});
  EXPECT_THAT(reply.at("text").get<std::string>(), StartsWith("[[8]] is not "));
  EXPECT_EQ(reply.at("holes").size(), 1U);
}

TEST_F(InfillEndpointTest, RefusesHolesThatAreNotWrittenRight) {
  for (const char* text : {"[[0]]", "[[5-2]]", "[[x]]", "[[3", "[[-1]]", "[[]]", "[[1-]]",
                           "[[99999999999999999999]]", "[[ 3 ]]"}) {
    EXPECT_THAT(error(text), StartsWith("400 text text: hole at byte 0: ")) << text;
  }
  EXPECT_THAT(error("no hole"), StartsWith("400 text text: expected a hole"));
  EXPECT_THAT(error(""), StartsWith("400 text text: expected a hole"));
  EXPECT_THAT(error("[[60000]]"), HasSubstr("expected at most 64 tokens"));
  std::string many;
  for (int i = 0; i < 65; ++i) many += "[[1]]";
  EXPECT_EQ(error(many), "400 text text: expected at most 64 holes, found 65");
  EXPECT_EQ(host_.started(), 0U);
}

}  // namespace
}  // namespace tess2::serve
