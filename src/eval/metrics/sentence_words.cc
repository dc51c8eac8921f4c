#include "eval/metrics/sentence_words.h"

#include <algorithm>
#include <array>

namespace tess2::eval {
namespace {

// Words between single spaces, with one at both ends.

constexpr TextView kAbbreviations =
    U" "
    U"a.a a.c a.d a.g a.h a.m a.m.e a.s a.t adm ala ariz aug ave b.f b.v bros c c.i.t c.o.m.b "
    U"c.v calif chg cie co col colo conn corp cos ct d d.c d.h d.w dec dr e e.f e.h e.l e.m f "
    U"f.g f.j feb fla fri ft g g.d g.f g.k ga gen h h.c h.f h.m i.m.s ill inc j.b j.c j.j j.k "
    U"j.p j.r jan jr k kan ky l l.a l.f l.p lt ltd m m.b.a m.d.c m.j maj messrs mg mich minn mr "
    U"mrs ms n n.c n.d n.h n.j n.m n.v n.y nev nov oct ok okla ore p p.a.m p.m pa ph.d prof r "
    U"r.a r.h r.i r.j r.k r.t rep reps s s.a s.a.y s.c s.g s.p.a s.s sen sep sept sr st sw t "
    U"t.j tenn tues u.k u.n u.s u.s.a u.s.s.r v va vs vt w w.c w.r w.va w.w wash wed wis yr ";

// Full stops with a space between each count as an abbreviation too.
constexpr TextView kSpacedPeriods = U". . ";

constexpr TextView kFrequentStarters =
    U" "
    U"according although among both but despite even he however i if in indeed instead it many "
    U"meanwhile moreover most nevertheless nonetheless nor sales separately similarly since so "
    U"some the there these they this though thus under when while yet ";

constexpr TextView kAfterNumbers =
    U" "
    U"abreast aes business cbot colgate commodities cooper corrections credit dividend "
    U"financing genentech henley insider international leisure letters notable pay-fone pegasus "
    U"pepper review rj wedgestone who zimmer ";

constexpr TextView kSmallInsideSentences =
    U" "
    U"abandoned abilities able abortion above absolutely abuse academic accept acceptable "
    U"acceptance accident accomplish accordingly accurate achieve achieving acid acquaint "
    U"actions active ad adding addition address adult adults advantage advantages adventure "
    U"advice affection afraid afternoon afterward afterwards agenda agreed ahead aim aimed aims "
    U"ain album alive allies allow allowed allowing allows almost along already altar "
    U"alternative always ambassador amount amounts analysis ancient angle angry animal animals "
    U"announced annual anonymous answers anyone anything anyway appear appearance application "
    U"applications apply appreciate appreciated approach appropriate approximately architecture "
    U"argument arguments array arrival arrive arrived arriving article artificial artillery "
    U"artist ask asked asking aspects assault assist assuming ate attack attacks attempts "
    U"attend attention attractive audience author autonomy available awards aware awareness "
    U"babies bag baked balloon balls band basic battery beaches bearing beat became become "
    U"becoming bed bedroom begin behavior behind behold being belief believe believed beneath "
    U"benefit besides bet better between beyond birds birth bit bits blend blind blood boats "
    U"bodies body bold bomb bond bottle bounce bound box boxes boy boys brain brake brand break "
    U"breaking breath bright brilliant bringing brings brother build built bunch burn burning "
    U"bus businesses butter calculate call calling calm came camera candidate cannot capable "
    U"capture captured car careful carefully carried carries carry cast casualties caught cause "
    U"caused causes causing celebrate centuries certainly challenge challenges challenging "
    U"chance chaos character characterized characters charge charm cheat cheating check cheese "
    U"chess choice choices choose chorus chosen circumstances claim clarity classes climate "
    U"clothes clothing cold colleagues collect collected colors combat combination combine "
    U"combined comfort comfortable commend commit commitment committed commonly communicate "
    U"compare compared comparison compelling complete completed completely complicated "
    U"components concerned concerns conclusion concrete condition conditions conduct confess "
    U"confident conflict conflicts confused connected connecting connection consequences "
    U"consider consideration considerations considered considering consistently conspiracy "
    U"contact contain contains content context continued contrast contribute contributed "
    U"contributing controversial controversy convenience convenient conversation convince "
    U"cookies cooking cool cops copy core correct correctly correlation cost counter couple "
    U"courage course covered crack create created creates creating crew crimes criminals "
    U"critics crowd cuisine cultural cure curious currently customer cycle dangerous dark date "
    U"daughter dawn debate decide decides decisions dedicated deep deeper deeply defeat "
    U"defeated define definition degree degrees delicious delight demonstrate depending depends "
    U"depth describe described describing description deserve designated designed desire "
    U"destroy detail details determine determined develop developed developers developing "
    U"diaper diapers didn die diet difference differences different difficult dig direct "
    U"direction directly dirty disadvantages discover discovered discuss discussion discussions "
    U"display distance distinct dive diverse divided doctor document does doesn dogs doing "
    U"dollars done door double downtown drama draw dress drink drinking driven drunk durable "
    U"dynamic eager earlier early earn easier easiest easily eating echoes echoing edge edible "
    U"effective effectively effects efficiency efficient efficiently eight either element "
    U"elements elephant else elsewhere embrace emotional emotions empire empty encounter "
    U"encourage enforce engage engaging engineer enhance enjoy enjoying enough ensure ensures "
    U"ensuring enter entire environment environments episode equal equality equipped era errors "
    U"escape especially essay essential essentially established estimated etc ethical "
    U"evaluation event eventually ever evidence evil exact exactly examination example examples "
    U"excellent except exceptional excited excitement exciting exercise exist existence "
    U"existing expensive experience experienced experiences expert expertise experts explain "
    U"explanation explore exploring extra extremely eye eyes faced fact faith fake falling "
    U"familiar families famous fan fare fascinating fashion faster fat favorite fear feature "
    U"featured features feedback feeling feels feet fellow felt female fewer figure figures "
    U"file fill filled final finally findings finish fired fish fit fits fix flavor flight "
    U"floor flowers fly focused follow followed following foot forced forces forever forget "
    U"formed forward friend friendly fully functions funny furthermore gathering gave gay "
    U"gender gentle gentleman gift girl girlfriend girls given gives giving global glory goals "
    U"goes going governments governor greater greatly grew grid gross ground growing guess "
    U"guests guided gun guns guy hair handle hands hang happen happened happens happy harm "
    U"harmful hate healthy hear hearts heaven heavy height helium helped helpful helping helps "
    U"hence her here herself hide hiding highest highlight highly hiking him himself historic "
    U"historical historically hold holds honest honestly hoping horse hot hour hours houses "
    U"humans humor hundred hunting husband idea ideal identity illegal image imagine immediate "
    U"immediately implementation implemented implications importance important importantly "
    U"impossible improve improved improvement improving inch inches include included including "
    U"increased indeed individual individuals influence influenced inform informed ingredients "
    U"initial initially inner innovation innovative inside insights inspired install instance "
    U"instead instructions insult intelligent interested interesting interests into intricate "
    U"introducing involve involves isn items jail joined joke jokes journey kept kid kids kinds "
    U"knew knife knock knot knowledge known lack language languages laptop largely larger "
    U"latter le leaders leadership leading leap learn learned least led legally lend length "
    U"lesson lessons lest lets letters lie lies lights likewise limerick list listed listen "
    U"literature lived lives living locate located location lock looked looking lose lot loud "
    U"loudly loved lunch lyrics magical maintain maintaining majority male manage manager "
    U"marijuana marked mask match maximum meal mean meaning meantime measures meets member "
    U"mental mention mentioned mere merely message method methodology mid miles milk mind mine "
    U"minute missed missing mistake mistakes mix mobile mom moment moments monitoring months "
    U"moon moreover morning mornings mother mouth moved multiple murder myself narrative native "
    U"nature naval nearby necessarily necessary need needed needs negative neighbor "
    U"neighborhood neighbors neither nervous nevertheless noise non nonetheless nor nose "
    U"notably notch note nothing number numbers numerous nutrition object objective objectives "
    U"objects obvious ocean offensive officer okay older ones onto opened opening opinions "
    U"opportunities opportunity ordered organizations organized organizer original originally "
    U"otherwise outer overall owe owner paced pack page pages paid pain painful paint pair pale "
    U"pardon parenting parks participants participate particular particularly partner pass "
    U"passed passing passion password path paths patients patterns peaceful peak per perceived "
    U"perfect perfectly perform performance performances performing permission person personal "
    U"personality personally personnel persuade phase phone photos phrase physical pick picking "
    U"piece pieces pitch places plane planet plastic platform platforms play played player "
    U"playing plays please plenty plethora plot points political politics pop position positive "
    U"possibility possibly potential potentially pound pounds powerful powers practical "
    U"practice prank precise predatory prefer preferences preparation prepare presence present "
    U"pretty prevent previous previously pride primarily prince prior private pro probably "
    U"problem problems proceed process processes proclaim produced product professionals "
    U"professor profile profound program programming projects promise promises promoting "
    U"properly proposed prospect prosperity protect proud prove provide provided provides "
    U"provoking psychological published pull punishment purposes pursuit pushed put putting "
    U"question questions races racial racing rain ran range rarely reaching reaction readers "
    U"reality realized receive received recent recently recipe recognized recommend "
    U"recommendation recommendations recorded reduced refer referring refers reflect reflecting "
    U"reflection regarding regardless region regular regulations relationship relationships "
    U"relatively relaxation relaxing released relevant reliable religion religious remain "
    U"remained remaining remember reminder remove renowned replace replaced represent "
    U"represented require required requirements requires rescue researchers residential "
    U"residents resilience resolution respect respond response responses responsibilities "
    U"responsible restaurant restaurants restoration result resulted results returned returning "
    U"revolutionary rhythm rid right rob robot roles roughly round ruled runs rush sad safe "
    U"safeguard same sand sandwich satisfaction saw scale scene scenes schedule scientist scope "
    U"score scored script se season seasons secondary seconds secrets section secure seed seeds "
    U"seeing seem seemed seems select selling senator senators send sense sent sentence "
    U"separate serial serve served serves serving setting seven sexual shape shaped shared "
    U"sharing ships shoes shoot shooting shortly shot shouldn showing shown shut sight "
    U"significant significantly silence silently similar similarities similarly simple simply "
    U"sincerely sing single sister sit sitting situations size skill skills skin slices slow "
    U"slowly smaller smallest smell smile smoke smooth sneak sneakers so societies solar "
    U"soldiers solution solutions solve solving someone sometime sometimes son songs soon sorry "
    U"sort sounds source speak speaking species specific specifically speech speed spend spent "
    U"spirit spoke spread stage stand standing stands started starting stated statement status "
    U"steal stealing step still stolen storage stories strange streets strength stress "
    U"structure structures struggles studied studio stunning style stylish subsequently success "
    U"successful successfully such suddenly suggest suggestions suggests suicide suitable sum "
    U"supported supports suppose supposed surely surface surprise surprisingly survival "
    U"sustainable swear swim synthetic tailored taking tale talent tall tank task taste teach "
    U"teacher team telling ten tend term terms terrible territory testing text thank thanks "
    U"theft them themes themselves theory therefore thick things think thinking though thought "
    U"thoughts thousand threat through throughout throw thus ticket tie tight tiny tips title "
    U"together tomorrow tone took torture totally towards towns tracks tradition traditional "
    U"trail train treat treatment trees trick tricky tried trigger troops tropical true truly "
    U"truth try trying turn turned turning turns type typical typically ugly ultimate "
    U"ultimately unclear uncomfortable understand unexpected unfortunately unique unknown "
    U"unless unlike unlikely unprecedented unsatisfactory upon upset us useful user uses using "
    U"vacation valuable values variety various vast ve veggies vehicle version very via vibrant "
    U"victim victory videos violent virtual vision visiting visitors wait waiting walk walking "
    U"walls wanted wants warfare warm waste watching wealth weapon weapons wear wearing web "
    U"weekend weeks weight welcome went were whether which whites whole wide widely willing win "
    U"window winds wisdom wish withdraw within without wonderful wondering words worked working "
    U"worried worse worst wounded writers writing written yes yesterday yet younger your "
    U"yourself youth ";

constexpr TextView kSmallAndCapital =
    U" "
    U"b c d s z ability about access according account across action activities actually add added "
    U"additional advance advanced after again against agree air aircraft alcohol all alone also "
    U"although am among an and another answer any apart are area areas aren arms army around "
    U"art as aside assessment assistant associated at attempt attorney average avoid award away "
    U"baby back background bad ball bank base based basically basketball battle be bear beauty "
    U"because becomes been before began beginning below benefits best bid big bill black blue "
    U"book books born boss both bought breakfast brief bring brought budget building business "
    U"but buy by called campaign can cancer card cards care career cars case cases center "
    U"central century certain change chapter child children china church cities citizen "
    U"citizens city civil class clear clearly close closed club college color come comes coming "
    U"command commission common community companies company competition complex computer "
    U"construction continue control costs could countries country county court cover credit "
    U"crime criminal cross crown cry culture current customers cut damage data day days dead "
    U"deal death decided decision definitely department design despite development did died "
    U"dinner district division do doctors don down dreams drive driving drug du due during each "
    U"earth east eastern easy eat economic education effect electric employees end ended enemy "
    U"environmental even events every everybody everyone everything exploration face factors "
    U"facts fair fall false family far fast father federal feel feelings fell few field fifth "
    U"fight fighting film finance financial find finding fine fire first five fleet food fool "
    U"football for force form former forms fortune found four fourth free fresh friends from "
    U"front full further future game games general generally get gets getting give glass go "
    U"goal god gold gone good got government grace gradually grant great green group groups "
    U"grow had half hall hand hard has have having he head health heard heart heat held help "
    U"hey high highway his history home hope house how however human hurt ideas if ill impact "
    U"in income increase increasing information intelligence intended international "
    U"introduction involved iron is island issue issues it its itself join judge just justice "
    U"keep key kind king know knowing knows la lady land large last late later laws lay lead "
    U"league learning leave leaving left legal less let letter level life light like likely "
    U"limit line lines little live local long longer look looks los loss lost lots love low "
    U"lower machine made main major make makes making management many march marine mark market "
    U"marketing married master masters materials matter may maybe mayor me means meant "
    U"meanwhile meat media medical meet members men methods middle might military million "
    U"minutes modern money month more most mostly mount mountain move movement movie movies "
    U"moving much museum music must my name named names national nationwide natural navy near "
    U"nearly network never new news next nice night nine no nobody none north northern not now "
    U"nurse obviously of off offer office official often old on once one only open operation "
    U"operations opinion options or order organization other others our out outside over paper "
    U"parents park part parts party past pay paying peace people perhaps period picture place "
    U"placed plan planning plans plant plants players plus point police poor popular population "
    U"positions possible post power president presidential press price pricing primary prison "
    U"production products professional project property public purchase purpose queen quick "
    U"quickly quite race rate rather re reach reached read ready real really reason reasons "
    U"record red reduce related release renaissance report reported reports representative "
    U"request research resources rest return review rich ride rights road rock role room route "
    U"run running safety said save say saying says school schools science scientists search "
    U"second secret security see seeking seen sell series serious service services set several "
    U"share she ship short should show side sides since sir site sites situation six sleep "
    U"sleeping slide small social society soft software sold some something song sound south "
    U"southern special sports staff start state states station stay steel steps stone stop "
    U"store storm story straight strategies strategy street strike strong students study stuff "
    U"stupid subject sugar summary support supreme sure sweet system take taken takes talk "
    U"talking taxes teachers tears technical technology television tell test than that the "
    U"their theme then there these they thing third this those thousands three time times to "
    U"today told too tool tools topic total tour town track trade traffic training travel tree "
    U"trip trouble trust twice two types uncle under understanding unit united units university "
    U"until up urge use used users usually value video view violence visit voice wake wall want "
    U"war wars was watch water ways we week well west western what whatever when where while "
    U"white who whose why will wind winter with woman women wonder word work works world worth "
    U"worthy would wouldn write wrong wrote year years yield you young ";

// Long words that end so are hardly ever names.
constexpr std::array<TextView, 12> kCommonEndings = {U"ed",   U"ing",  U"ly",  U"tion",
                                                     U"sion", U"ment", U"ful", U"able",
                                                     U"ible", U"ive",  U"ity", U"al"};
constexpr std::size_t kLongWord = 8;

bool has_common_ending(TextView word) {
  return word.size() >= kLongWord &&
         std::any_of(kCommonEndings.begin(), kCommonEndings.end(),
                     [&](TextView ending) { return word.ends_with(ending); });
}

bool has(TextView words, TextView word) {
  if (word.empty() || word.find(U' ') != TextView::npos) return false;
  return words.find(Text(U" ").append(word).append(U" ")) != TextView::npos;
}

}  // namespace

bool is_abbreviation(TextView word) {
  return word == kSpacedPeriods || has(kAbbreviations, word);
}

bool is_frequent_starter(TextView word) {
  return has(kFrequentStarters, word);
}

bool follows_number(TextView word) {
  return has(kAfterNumbers, word);
}

bool is_small_inside_sentences(TextView word) {
  return has(kSmallInsideSentences, word);
}

bool is_ever_small(TextView word) {
  return is_small_inside_sentences(word) || has(kSmallAndCapital, word) || has_common_ending(word);
}

}  // namespace tess2::eval
