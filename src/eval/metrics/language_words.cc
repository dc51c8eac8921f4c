#include "eval/metrics/language_words.h"

namespace tess2::eval {
namespace {

constexpr LanguageMarks kLatin[] = {
    {"en",
     U" the of and to in is that it for you was with on as are this be at have from or your by "
     U"not but what all were we when can there an which their if will each about how up out "
     U"them then she many some so these would other into has more her two him see could no "
     U"make than first been its who now my made over did down only way find use may long "
     U"little very after most our me i just know take people year good give day also he his "
     U"they had one said do here should because any new like time well even before must "
     U"through back much where such why those own am let please world life let's don't it's "
     U"i'm you're can't dear sincerely ",
     U"", U" ing tion ness ment ould ight ful less ally ed ers est ous able 's n't 'll 're 've "},
    {"de",
     U" der die und das ist nicht ein eine zu den mit sich auf für von dem des im es ich sie "
     U"er wir ihr auch als an nach wie werden wird sind war haben hat einen einem einer oder "
     U"aber aus bei nur noch über so kann können sehr zum zur um dass durch wenn mehr man vor "
     U"bis was uns unser unsere ihre ihren mein meine dein deine diese dieser dieses sein bin "
     U"hier alle schon weil ",
     U"äöüß", U" ung ungen lich keit heit isch chen ieren "},
    {"fr",
     U" le la les de des et est un une du en que qui dans pour pas sur au aux avec ce cette "
     U"ces il elle nous vous ils elles je tu se son sa ses leur leurs par plus ne ou mais "
     U"comme tout être avoir fait sont a été très bien si notre votre mon ma mes où c'est d'un "
     U"d'une l'on aussi ",
     U"éèêàçùœ", U" tion eux aux ment eau elle ette "},
    {"es",
     U" el la los las de que y en un una es por con para no se del al lo como más pero sus su "
     U"este esta esto le ya o si porque cuando muy sin sobre también me hasta hay donde quien "
     U"desde todo nos durante todos uno les ni contra otros ese eso ante ellos mi son fue ser "
     U"está tiene ",
     U"ñáéíóú¿¡", U" ción ciones mente dad ando iendo "},
    {"pt",
     U" o a os as de que e em um uma do da dos das para com não no na nos nas por mais se como "
     U"mas foi ao ele ela seu sua ou ser quando muito há já está eu também só pelo pela até "
     U"isso entre era depois sem mesmo aos ter seus quem me esse eles você vocês são tem nós "
     U"meu minha este esta isto então ",
     U"ãõçáâêéíóú", U" ção ções mente dade ando endo inho "},
    {"it",
     U" il lo la i gli le di che e è un una in per con non si da del della dei delle nel nella "
     U"al alla ai alle sono come più ma anche ha ho questo questa questi se ci mi ti suo sua "
     U"loro io tu lei noi voi essere stato fare molto quando dove perché così tutto tutti ogni "
     U"o dal dalla sul sulla cosa mio mia tuo tua ",
     U"èàòùì", U" zione zioni mente tà ando endo ità "},
    {"nl",
     U" de het een en van ik te dat die in is niet zijn op aan met als voor er maar om hem dan "
     U"zou of wat mijn men dit zo door over ze zich bij ook tot je mij uit der daar haar naar "
     U"heb hoe heeft hebben deze u want nog zal wij we jij jullie onze worden wordt kan geen "
     U"werd wel ",
     U"", U" heid lijk ijke tje "},
    {"af",
     U" die en van het in is nie te dat vir met op hy sy om ek was aan as jy hulle ons maar "
     U"wat sal kan by uit ook daar my so nou word deur 'n een na tot hierdie jou baie wees of "
     U"toe ",
     U"êë", U" heid lik ies ike "},
    {"da",
     U" og i at det er en til af på som ikke for med den jeg de han var der et har du vi om "
     U"fra men hun sig kan vil så skal hvad blev også eller efter min meget bliver være hvis "
     U"nu over dig mig ham hende deres når ",
     U"æøå", U" ede erne else hed "},
    {"no",
     U" og i det er en til av på som ikke for med den jeg de han var et har du vi om fra men "
     U"hun seg kan vil så skal hva ble også eller etter min mye blir være hvis nå over deg meg "
     U"ham henne deres når ",
     U"æøå", U" ene else het inger "},
    {"sv",
     U" och i att det är en till av på som inte för med den jag de han var ett har du vi om "
     U"från men hon sig kan vill så ska vad blev också eller efter min mycket blir vara nu "
     U"över dig mig honom henne deras när ",
     U"äöå", U" arna orna ningen het else "},
    {"fi",
     U" ja on ei se että hän oli en ole mutta kun niin kuin minä sinä me te he mitä tämä joka "
     U"myös vain jos olen ovat tai sen ne nyt voi hänen minun sinun kanssa mukaan ennen "
     U"jälkeen sitten kaikki hyvin vielä olla tässä siitä tämän jotka ollut ei ",
     U"äö", U" ssa ssä lla llä sta stä lle inen ista aan ään iin "},
    {"et",
     U" ja on ei see et ma ta oli mis kui ka ning aga nii mida kes oma või siis üks kõik mind "
     U"sa me nad pole veel juba väga selle seda olen olema oma ära ",
     U"õäöü", U" ud ne st le sse mine "},
    {"hu",
     U" a az és hogy nem is egy ez van volt meg de csak mint már ha még el én azt ki vagy mi "
     U"te ők ezt lesz kell minden fel be nagyon itt ott lehet ami amely után neki ",
     U"őűáéíóöüú", U" ban ben nak nek ság ség "},
    {"pl",
     U" i w na z do nie się to jest że jak o co ale po tak za od czy dla jego jej już tylko "
     U"był być przez tym ich ja ty on ona my wy oni które który która lub oraz może bardzo ",
     U"ąćęłńśźż", U" ego ych ami ość anie enie "},
    {"cs",
     U" a v na se je že to s z do o i k jako ale by si pro ve po za jsem jsou byl být co tak "
     U"když nebo už od jeho její jsme která který které také jen ne může velmi ",
     U"ěřůčšžý", U" ých ého ení ost ami "},
    {"sk",
     U" a v na sa je že to s z do o i k ako ale by si pre vo po za som sú bol byť čo tak keď "
     U"alebo už od jeho jej sme ktorá ktorý ktoré tiež len nie môže veľmi ",
     U"ľĺŕôäčšžý", U" ých ého enie osť ami "},
    {"sl",
     U" in je v na se da so za z ne pa ki s kot tudi po ga bi ali kaj če sem si bil biti še "
     U"lahko ima zelo samo ter pri ko kako moj njegov ",
     U"čšž", U" ega ih nje ost ami "},
    {"hr",
     U" i je u na se da su za s ne to od koji koja koje kao ali po ga bi ili što ako sam si "
     U"bio biti još može ima vrlo samo te pri kada kako moj njegov smo nije ",
     U"čćđšž", U" og ih nje ost ima "},
    {"ro",
     U" și de în a la cu pe nu este un o să că din care mai se sunt pentru ca ce dar au fost "
     U"fi am ai lui ei sau acest această după prin foarte tot când unde noi voi meu mea ",
     U"șțăîâşţ", U" ului ilor ător iune ește "},
    {"tr",
     U" ve bir bu da de için ile çok daha ne gibi o ben sen biz siz var olarak kadar sonra ama "
     U"her mi değil olan en ki ya veya şey nasıl onu bana benim ",
     U"ışğçöü", U" lar ler dır dir yor mak mek "},
    {"id",
     U" yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena ada "
     U"mereka kami bisa atau kita seperti anda sudah oleh telah dapat lebih adalah sangat "
     U"harus dia kamu ",
     U"", U" kan nya lah "},
    {"tl",
     U" ang ng sa na mga ay at ko ito ka siya mo hindi ako kung para niya may nila ni po si ba "
     U"kay kanyang lang naman din rin ang pag nang kami tayo sila ",
     U"", U""},
    {"sw",
     U" na ya wa kwa ni katika la za kuwa hii cha hiyo hizo kama lakini au huo yake yao watu "
     U"mtu sana pia ili kila mimi wewe yeye sisi ninyi wao nini kwamba moja hapa hivyo baada "
     U"kabla si vya ambayo ambao kuna wake wangu yangu yetu bila sababu kufanya nchi siku ",
     U"", U" isha "},
    {"so",
     U" oo iyo ka ku waa in ee uu ay la loo aan ah waxaa waxay soo si wuxuu mid ama kale laga "
     U"badan dad markii kala ",
     U"", U""},
    {"vi",
     U" và là của có không được cho một trong người những với để các này đã đến khi từ tôi bạn "
     U"như về ra cũng nhưng vào thì sẽ nó đó rất nhiều hơn chúng ta phải làm hay nếu ",
     U"ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơư", U""},
    {"ca",
     U" el la els les de que i en un una és per amb no es del al com més però seu seva aquest "
     U"aquesta ha són dels als també molt quan on des tot ",
     U"çàèòïŀ", U" ció ment tat "},
    {"cy",
     U" y yn a i o yr ar ac mae ei am wedi gan at bod hyn sydd fel ond oedd un eu nid mewn hwn "
     U"cael ni chi dim fod oes ",
     U"ŵŷ", U" au iad odd wyd "},
    {"lv",
     U" un ir ar no uz par ka kas tas es viņš to bet vai lai kā pie arī tā jau ja nav bija būt "
     U"ļoti pēc mēs jūs ",
     U"āēīūģķļņ", U" šana ums iem ām "},
    {"lt",
     U" ir yra kad su iš į tai ne bet kaip o jo ar už apie buvo būti labai aš jis ji mes jūs "
     U"po dėl kuris taip jei ",
     U"ąęėįųū", U" imas ais omis ių "},
    {"sq",
     U" dhe në të e i për me një që nga është ka si por nuk do më ai ajo kjo ky janë ishte u "
     U"se edhe shumë ",
     U"ëç", U" ës "},
};

constexpr LanguageMarks kCyrillic[] = {
    {"ru",
     U" и в не на что с он как это по но из у за от для о так же вы мы я бы его она они все "
     U"или если к был было быть есть только когда еще ещё уже может можно который которые при "
     U"до нас вас меня мне также чтобы этот эта ",
     U"ыэё", U" ый ого ение ться ать ить ость ными ами ете "},
    {"bg",
     U" и в на не за да се е от с по че като са до ще си това той тя те ние вие аз но или са "
     U"след много при този тази тези ми му ѝ има бъде беше как само още един една ли във със "
     U"го ",
     U"ъ", U" ата ите ият ото ене ава ост ват "},
    {"uk",
     U" і в не на що з він як це по але із у за від для про так же ви ми я б його вона вони "
     U"все або якщо до був було бути є тільки коли ще вже може який які та при також щоб цей "
     U"ця ",
     U"іїєґ", U" ого ння ти ість ими ами ться "},
    {"mk",
     U" и во на не за да се е од со по дека како што до ќе си ова тој таа тие ние вие јас но "
     U"или многу при овој оваа ми му има беше само уште еден една ли сум сме ",
     U"ќѓѕјљњџ", U" ата ите иот ото ње ува ост "},
};

constexpr LanguageMarks kArabic[] = {
    {"ar",
     U" في من على إلى أن هذا هذه التي الذي ما لا مع عن كان هو هي أو قد لم كل بعد ذلك بين عند "
     U"ثم إن كما لكن أنا نحن كانت يكون وهو ",
     U"ةىأإؤئ", U""},
    {"fa",
     U" و در به از که این را با است برای آن یک می تا بر هم خود شد شما ما من او نیز باید کرد "
     U"بود هر های شود کند ها یا اگر هستند دارد ",
     U"پچژگک", U""},
    {"ur",
     U" کے کی میں ہے اور سے کا کو پر نے کہ ہیں یہ بھی ایک اس وہ تو نہیں کر تھا لیے ہو گیا ہم "
     U"آپ جو ان ہوں کیا اپنے تھی ",
     U"ٹڈڑںےہھ", U""},
};

constexpr LanguageMarks kDevanagari[] = {
    {"hi",
     U" है के की में और से का को हैं यह पर ने भी एक हो कि नहीं इस लिए तो था कर आप हम वह जो "
     U"अपने या थी मैं हूं साथ कुछ बहुत रहा रही होता करने उनके मेरे जब उस ",
     U"", U" ों ें ाएं ता ते ना ओं "},
    {"mr",
     U" आहे आणि या ते हे तर मी आहेत च तो ती की व एक आपण नाही होते होता करून त्या त्यांनी मध्ये "
     U"साठी आपल्या माझ्या तुम्ही आम्ही केले असे पण किंवा म्हणून असतात करा तुमच्या जे अशा हा ही "
     U"होती आता ",
     U"ळ", U" च्या ांना ामध्ये साठी ण्या ला ाचे ाची ांचे ून "},
    {"ne",
     U" छ र को मा छन् यो पनि हो गर्न भएको लागि एक गर्ने हुन्छ तर थियो भने छैन हाम्रो तपाईं म "
     U"ले उनले अनि गरेको नेपाल साथै गर्नुहोस् भयो हुन् बाट तपाईंको वा सबै मेरो ",
     U"", U" हरू बाट को मा ले लाई ँ नुहोस् एको "},
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
