#include "eval/metrics/language_words.h"

namespace tess2::eval {
namespace {

constexpr LanguageMarks kLatin[] = {
    {"en",
     U" the of and to in is that it for you was with on as are this be at have from or your by not "
     U"but what all were we when can there an which their if will each about how up out them then "
     U"she many some so these would other into has more her two him see could no make than first "
     U"been its who now my made over did down only way find use may long little very after most "
     U"our me i just know take people year good give day also he his they had one said do here "
     U"should because any new like time well even before must through back much where such why "
     U"those own am let please world life let's don't it's i'm you're can't dear sincerely ",
     U""},
    {"de",
     U" der die und das ist nicht ein eine zu den mit sich auf für von dem des im es ich sie er "
     U"wir "
     U"ihr auch als an nach wie werden wird sind war haben hat einen einem einer oder aber aus bei "
     U"nur noch über so kann können sehr zum zur um dass durch wenn mehr man vor bis was uns unser "
     U"unsere ihre ihren mein meine dein deine diese dieser dieses sein bin hier alle schon weil ",
     U"äöüß"},
    {"fr",
     U" le la les de des et est un une du en que qui dans pour pas sur au aux avec ce cette ces il "
     U"elle nous vous ils elles je tu se son sa ses leur leurs par plus ne ou mais comme tout être "
     U"avoir fait sont a été très bien si notre votre mon ma mes où c'est d'un d'une l'on aussi ",
     U"éèêàçùœ"},
    {"es",
     U" el la los las de que y en un una es por con para no se del al lo como más pero sus su este "
     U"esta esto le ya o si porque cuando muy sin sobre también me hasta hay donde quien desde "
     U"todo "
     U"nos durante todos uno les ni contra otros ese eso ante ellos mi son fue ser está tiene ",
     U"ñáéíóú¿¡"},
    {"pt",
     U" o a os as de que e em um uma do da dos das para com não no na nos nas por mais se como mas "
     U"foi ao ele ela seu sua ou ser quando muito há já está eu também só pelo pela até isso entre "
     U"era depois sem mesmo aos ter seus quem me esse eles você vocês são tem nós meu minha este "
     U"esta isto então ",
     U"ãõçáâêéíóú"},
    {"it",
     U" il lo la i gli le di che e è un una in per con non si da del della dei delle nel nella al "
     U"alla ai alle sono come più ma anche ha ho questo questa questi se ci mi ti suo sua loro io "
     U"tu "
     U"lei noi voi essere stato fare molto quando dove perché così tutto tutti ogni o dal dalla "
     U"sul "
     U"sulla cosa mio mia tuo tua ",
     U"èàòùì"},
    {"nl",
     U" de het een en van ik te dat die in is niet zijn op aan met als voor er maar om hem dan zou "
     U"of wat mijn men dit zo door over ze zich bij ook tot je mij uit der daar haar naar heb hoe "
     U"heeft hebben deze u want nog zal wij we jij jullie onze worden wordt kan geen werd wel ",
     U""},
    {"af",
     U" die en van het in is nie te dat vir met op hy sy om ek was aan as jy hulle ons maar wat "
     U"sal "
     U"kan by uit ook daar my so nou word deur 'n een na tot hierdie jou baie wees of toe ",
     U"êë"},
    {"da",
     U" og i at det er en til af på som ikke for med den jeg de han var der et har du vi om fra "
     U"men "
     U"hun sig kan vil så skal hvad blev også eller efter min meget bliver være hvis nu over dig "
     U"mig "
     U"ham hende deres når ",
     U"æøå"},
    {"no",
     U" og i det er en til av på som ikke for med den jeg de han var et har du vi om fra men hun "
     U"seg "
     U"kan vil så skal hva ble også eller etter min mye blir være hvis nå over deg meg ham henne "
     U"deres når ",
     U"æøå"},
    {"sv",
     U" och i att det är en till av på som inte för med den jag de han var ett har du vi om från "
     U"men "
     U"hon sig kan vill så ska vad blev också eller efter min mycket blir vara nu över dig mig "
     U"honom "
     U"henne deras när ",
     U"äöå"},
    {"fi",
     U" ja on ei se että hän oli en ole mutta kun niin kuin minä sinä me te he mitä tämä joka myös "
     U"vain jos olen ovat tai sen ne nyt voi hänen minun sinun kanssa mukaan ennen jälkeen sitten "
     U"kaikki hyvin vielä olla tässä siitä tämän jotka ollut ei ",
     U"äöy"},
    {"et",
     U" ja on ei see et ma ta oli mis kui ka ning aga nii mida kes oma või siis üks kõik mind sa "
     U"me "
     U"nad pole veel juba väga selle seda olen olema oma ära ",
     U"õäöü"},
    {"hu",
     U" a az és hogy nem is egy ez van volt meg de csak mint már ha még el én azt ki vagy mi te ők "
     U"ezt lesz kell minden fel be nagyon itt ott lehet ami amely után neki ",
     U"őűáéíóöüú"},
    {"pl",
     U" i w na z do nie się to jest że jak o co ale po tak za od czy dla jego jej już tylko był "
     U"być "
     U"przez tym ich ja ty on ona my wy oni które który która lub oraz może bardzo ",
     U"ąćęłńśźż"},
    {"cs",
     U" a v na se je že to s z do o i k jako ale by si pro ve po za jsem jsou byl být co tak když "
     U"nebo už od jeho její jsme která který které také jen ne může velmi ",
     U"ěřůčšžý"},
    {"sk",
     U" a v na sa je že to s z do o i k ako ale by si pre vo po za som sú bol byť čo tak keď alebo "
     U"už od jeho jej sme ktorá ktorý ktoré tiež len nie môže veľmi ",
     U"ľĺŕôäčšžý"},
    {"sl",
     U" in je v na se da so za z ne pa ki s kot tudi po ga bi ali kaj če sem si bil biti še lahko "
     U"ima zelo samo ter pri ko kako moj njegov ",
     U"čšž"},
    {"hr",
     U" i je u na se da su za s ne to od koji koja koje kao ali po ga bi ili što ako sam si bio "
     U"biti "
     U"još može ima vrlo samo te pri kada kako moj njegov smo nije ",
     U"čćđšž"},
    {"ro",
     U" și de în a la cu pe nu este un o să că din care mai se sunt pentru ca ce dar au fost fi am "
     U"ai lui ei sau acest această după prin foarte tot când unde noi voi meu mea ",
     U"șțăîâşţ"},
    {"tr",
     U" ve bir bu da de için ile çok daha ne gibi o ben sen biz siz var olarak kadar sonra ama her "
     U"mi değil olan en ki ya veya şey nasıl onu bana benim ",
     U"ışğçöü"},
    {"id",
     U" yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena ada mereka "
     U"kami bisa atau kita seperti anda sudah oleh telah dapat lebih adalah sangat harus dia kamu ",
     U""},
    {"tl",
     U" ang ng sa na mga ay at ko ito ka siya mo hindi ako kung para niya may nila ni po si ba kay "
     U"kanyang lang naman din rin ang pag nang kami tayo sila ",
     U""},
    {"sw",
     U" na ya wa kwa ni katika la za kuwa hii cha hiyo hizo kama lakini au huo yake yao watu mtu "
     U"sana pia ili kila mimi wewe yeye sisi ninyi wao nini kwamba moja hapa hivyo baada kabla si "
     U"vya ambayo ambao kuna wake wangu yangu yetu bila sababu kufanya nchi siku ",
     U""},
    {"so",
     U" oo iyo ka ku waa in ee uu ay la loo aan ah waxaa waxay soo si wuxuu mid ama kale laga "
     U"badan "
     U"dad markii kala ",
     U""},
    {"vi",
     U" và là của có không được cho một trong người những với để các này đã đến khi từ tôi bạn như "
     U"về ra cũng nhưng vào thì sẽ nó đó rất nhiều hơn chúng ta phải làm hay nếu ",
     U"ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơư"},
    {"ca",
     U" el la els les de que i en un una és per amb no es del al com més però seu seva aquest "
     U"aquesta ha són dels als també molt quan on des tot ",
     U"çàèòïŀ"},
    {"cy",
     U" y yn a i o yr ar ac mae ei am wedi gan at bod hyn sydd fel ond oedd un eu nid mewn hwn "
     U"cael "
     U"ni chi dim fod oes ",
     U"ŵŷ"},
    {"lv",
     U" un ir ar no uz par ka kas tas es viņš to bet vai lai kā pie arī tā jau ja nav bija būt "
     U"ļoti "
     U"pēc mēs jūs ",
     U"āēīūģķļņ"},
    {"lt",
     U" ir yra kad su iš į tai ne bet kaip o jo ar už apie buvo būti labai aš jis ji mes jūs po "
     U"dėl "
     U"kuris taip jei ",
     U"ąęėįųū"},
    {"sq",
     U" dhe në të e i për me një që nga është ka si por nuk do më ai ajo kjo ky janë ishte u se "
     U"edhe "
     U"shumë ",
     U"ëç"},
};

constexpr LanguageMarks kCyrillic[] = {
    {"ru",
     U" и в не на что с он как это по но из у за от для о так же вы мы я бы его она они все или "
     U"если к был было быть есть только когда еще ещё уже может можно который которые при до нас "
     U"вас меня мне также чтобы этот эта ",
     U"ыэё"},
    {"bg",
     U" и в на не за да се е от с по че като са до ще си това той тя те ние вие аз но или са след "
     U"много при този тази тези ми му ѝ има бъде беше как само още един една ли във със го ",
     U"ъ"},
    {"uk",
     U" і в не на що з він як це по але із у за від для про так же ви ми я б його вона вони все "
     U"або "
     U"якщо до був було бути є тільки коли ще вже може який які та при також щоб цей ця ",
     U"іїєґ"},
    {"mk",
     U" и во на не за да се е од со по дека како што до ќе си ова тој таа тие ние вие јас но или "
     U"многу при овој оваа ми му има беше само уште еден една ли сум сме ",
     U"ќѓѕјљњџ"},
};

constexpr LanguageMarks kArabic[] = {
    {"ar",
     U" في من على إلى أن هذا هذه التي الذي ما لا مع عن كان هو هي أو قد لم كل بعد ذلك بين عند ثم إن "
     U"كما لكن أنا نحن كانت يكون وهو ",
     U"ةىأإؤئ"},
    {"fa",
     U" و در به از که این را با است برای آن یک می تا بر هم خود شد شما ما من او نیز باید کرد بود "
     U"هر های شود کند ها یا اگر هستند دارد ",
     U"پچژگک"},
    {"ur",
     U" کے کی میں ہے اور سے کا کو پر نے کہ ہیں یہ بھی ایک اس وہ تو نہیں کر تھا لیے ہو گیا ہم آپ جو "
     U"ان ہوں کیا اپنے تھی ",
     U"ٹڈڑںےہھ"},
};

constexpr LanguageMarks kDevanagari[] = {
    {"hi",
     U" है के की में और से का को हैं यह पर ने भी एक हो कि नहीं इस लिए तो था कर आप हम वह जो अपने या "
     U"थी मैं हूं साथ कुछ बहुत रहा रही होता करने उनके मेरे जब उस ",
     U""},
    {"mr",
     U" आहे आणि या ते हे तर मी आहेत च तो ती की व एक आपण नाही होते होता करून त्या त्यांनी मध्ये साठी "
     U"आपल्या माझ्या तुम्ही आम्ही केले असे पण किंवा म्हणून असतात करा तुमच्या जे अशा हा ही होती आता ",
     U"ळ"},
    {"ne",
     U" छ र को मा छन् यो पनि हो गर्न भएको लागि एक गर्ने हुन्छ तर थियो भने छैन हाम्रो तपाईं म ले "
     U"उनले अनि गरेको नेपाल साथै गर्नुहोस् भयो हुन् बाट तपाईंको वा सबै मेरो ",
     U""},
};

}  // namespace

std::span<const LanguageMarks> latin_languages() {
  return kLatin;
}

std::span<const LanguageMarks> cyrillic_languages() {
  return kCyrillic;
}

std::span<const LanguageMarks> arabic_languages() {
  return kArabic;
}

std::span<const LanguageMarks> devanagari_languages() {
  return kDevanagari;
}

}  // namespace tess2::eval
