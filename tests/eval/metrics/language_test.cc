#include "eval/metrics/language.h"

#include <gtest/gtest.h>

namespace tess2::eval {
namespace {

std::string_view language_of(std::string_view utf8) {
  return detect_language(decode(utf8)).value_or("none");
}

TEST(DetectLanguage, KnowsScriptsOfOneLanguage) {
  EXPECT_EQ(language_of("저는 작은 집에 살아요."), "ko");
  EXPECT_EQ(language_of("நான் வீட்டில் இருக்கிறேன்."), "ta");
  EXPECT_EQ(language_of("ನಾನು ಮನೆಯಲ್ಲಿದ್ದೇನೆ."), "kn");
  EXPECT_EQ(language_of("బడికి వెళ్తాను"), "te");
  EXPECT_EQ(language_of("ਮੈਂ ਘਰ ਹਾਂ"), "pa");
  EXPECT_EQ(language_of("હું ઘરે છું"), "gu");
  EXPECT_EQ(language_of("আমি বাড়িতে"), "bn");
  EXPECT_EQ(language_of("ฉันอยู่บ้าน"), "th");
  EXPECT_EQ(language_of("私は家にいます"), "ja");
  EXPECT_EQ(language_of("我在家里"), "zh-cn");
}

TEST(DetectLanguage, TellsApartTheLanguagesOfAScript) {
  EXPECT_EQ(language_of("मैं घर में हूँ और किताब पढ़ता हूँ।"), "hi");
  EXPECT_EQ(language_of("मी घरात आहे आणि पुस्तक वाचतो."), "mr");
  EXPECT_EQ(language_of("म घरमा छु र किताब पढ्छु।"), "ne");
  EXPECT_EQ(language_of("Я сижу дома и читаю книгу."), "ru");
  EXPECT_EQ(language_of("Аз съм у дома и чета книга."), "bg");
  EXPECT_EQ(language_of("أنا في البيت مع أخي"), "ar");
  EXPECT_EQ(language_of("من در خانه هستم و کتاب می‌خوانم"), "fa");
  EXPECT_EQ(language_of("میں گھر میں ہوں اور کتاب پڑھتا ہوں۔"), "ur");
}

TEST(DetectLanguage, TellsApartLatinLanguages) {
  EXPECT_EQ(language_of("The cat sat on the mat and looked at us."), "en");
  EXPECT_EQ(language_of("Die Katze sitzt auf dem Dach und schläft."), "de");
  EXPECT_EQ(language_of("O gato dorme no telhado e não quer descer."), "pt");
  EXPECT_EQ(language_of("Il gatto dorme sul tetto e non vuole scendere."), "it");
  EXPECT_EQ(language_of("Kissa nukkuu katolla, mutta se ei halua alas."), "fi");
  EXPECT_EQ(language_of("Con mèo ngủ trên mái nhà và không muốn xuống."), "vi");
  EXPECT_EQ(language_of("Paka amelala juu ya nyumba na hataki kushuka."), "sw");
}

TEST(DetectLanguage, OverlooksLatinWordsInOtherScripts) {
  EXPECT_EQ(language_of("मैंने Google पर खोजा और यह मिला, बहुत अच्छा है।"), "hi");
  EXPECT_EQ(language_of("The word привет means hello in that language."), "en");
}

TEST(DetectLanguage, SaysNothingWithoutLetters) {
  EXPECT_EQ(detect_language(U"1 + 2 = 3!"), std::nullopt);
  EXPECT_EQ(detect_language(U""), std::nullopt);
}

TEST(DetectLanguage, DoesNotTakeALoneWordForEnglish) {
  EXPECT_NE(language_of("etchings"), "en");
  EXPECT_NE(language_of("YES"), "en");
  EXPECT_EQ(language_of("THIS IS THE RIGHT ANSWER TO IT"), "en");
}

}  // namespace
}  // namespace tess2::eval
