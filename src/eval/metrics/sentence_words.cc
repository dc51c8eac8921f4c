#include "eval/metrics/sentence_words.h"

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
    U"actions active ad adding addition address adult adults advantage adventure advice "
    U"affection afraid afternoon afterward afterwards agreed ahead aim aimed aims ain album "
    U"alive allies allow allowed allowing allows almost along already altar alternative always "
    U"ambassador amount amounts analysis ancient angle angry animal animals announced annual "
    U"anonymous answers anyone anything anyway appear appearance application applications apply "
    U"appreciate appreciated approach appropriate approximately architecture argument arguments "
    U"array arrival arrive arrived arriving article artificial artillery artist ask asked "
    U"asking aspects assault assist assuming ate attack attacks attempts attend attention "
    U"attractive audience author autonomy available awards aware awareness babies bag baked "
    U"balloon balls band basic battery beaches bearing beat became become becoming bed bedroom "
    U"begin behavior behind behold being belief believe believed beneath benefit besides bet "
    U"better between beyond birds birth bit bits blend blind blood boats bodies body bold bomb "
    U"bond bottle bounce bound box boxes boy boys brain brake brand break breaking breath "
    U"bright brilliant bringing brings brother build built bunch burn burning bus businesses "
    U"butter calculate call calling calm came camera candidate cannot capable capture captured "
    U"car careful carefully carried carries carry cast casualties caught cause caused causing "
    U"celebrate centuries certainly challenge challenges challenging chance chaos character "
    U"characterized characters charge charm cheat cheating check cheese chess choice choices "
    U"choose chorus chosen circumstances claim clarity classes climate clothes clothing cold "
    U"colleagues collect collected colors combat combination combine combined comfort "
    U"comfortable commend commit commitment committed commonly communicate compare compared "
    U"compelling complete completed completely complicated concerned concerns conclusion "
    U"concrete condition conditions conduct confess confident conflict conflicts confused "
    U"connected connecting connection consequences consider consideration considerations "
    U"considered considering consistently conspiracy contact contain contains content context "
    U"continued contrast contribute contributed contributing controversial controversy "
    U"convenience convenient conversation convince cookies cooking cool cops copy core correct "
    U"correctly correlation cost counter couple courage course covered crack create created "
    U"creates creating crew crimes criminals critics crowd cuisine cultural cure curious "
    U"currently customer cycle dangerous dark date daughter dawn debate decide decides "
    U"decisions dedicated deep deeper deeply defeat defeated define definition degree degrees "
    U"delicious delight demonstrate depending depends depth describe described describing "
    U"description deserve designated designed desire destroy detail details determine "
    U"determined develop developed developers developing diaper diapers didn die diet "
    U"difference differences different difficult dig direct direction directly dirty discover "
    U"discovered discuss discussion discussions display distance distinct dive diverse divided "
    U"doctor document does doesn dogs doing dollars done door double downtown drama draw dress "
    U"drink drinking driven drunk durable dynamic eager earlier early earn easier easiest "
    U"easily eating echoes echoing edge edible effective effectively effects efficiency "
    U"efficient efficiently eight either element elements elephant else elsewhere embrace "
    U"emotional emotions empire empty encounter encourage enforce engage engaging engineer "
    U"enhance enjoy enjoying enough ensure ensures ensuring enter entire environment "
    U"environments episode equal equality equipped era errors escape especially essay essential "
    U"essentially established estimated etc ethical event eventually ever evidence evil exact "
    U"exactly example examples excellent except exceptional excited excitement exciting exist "
    U"existence existing expensive experience experienced experiences expert expertise experts "
    U"explain explore exploring extra extremely eye eyes faced fact faith fake falling familiar "
    U"families famous fan fare fascinating fashion faster fat favorite fear feature featured "
    U"features feedback feeling feels feet fellow felt female fewer figure figures file fill "
    U"filled final finally findings finish fired fish fit fits fix flavor flight floor flowers "
    U"fly focused follow followed following foot forced forces forever forget formed forward "
    U"friend friendly fully functions funny furthermore gathering gave gay gender gentle "
    U"gentleman gift girl girlfriend girls given gives giving global glory goals goes going "
    U"governments governor greater greatly grew grid gross ground growing guess guests guided "
    U"gun guns guy hair handle hands hang happen happened happens happy harm harmful hate "
    U"healthy hear hearts heaven heavy height helium helped helpful helping helps hence her "
    U"here herself hide hiding highest highlight highly hiking him himself historic historical "
    U"historically hold holds honest honestly hoping horse hot hour hours houses humans humor "
    U"hundred hunting husband idea ideal identity illegal image imagine immediate immediately "
    U"implementation implemented implications importance important importantly impossible "
    U"improve improved improvement improving inch inches include included including increased "
    U"indeed individual individuals influence influenced inform informed initial initially "
    U"inner innovation innovative inside insights inspired install instance instead "
    U"instructions insult intelligent interested interesting interests into intricate "
    U"introducing involve involves isn items jail joined joke jokes journey kept kid kids kinds "
    U"knew knife knock knot knowledge known lack language languages laptop largely larger "
    U"latter le leaders leadership leading leap learn learned least led legally lend length "
    U"lesson lessons lest lets letters lie lies lights likewise limerick list listed listen "
    U"lived lives living locate located location lock looked looking lose lot loud loudly loved "
    U"lunch lyrics magical maintain maintaining majority male manage manager marijuana marked "
    U"mask match maximum meal mean meaning meantime measures meets member mental mention "
    U"mentioned mere merely message method mid miles milk mind mine minute missed missing "
    U"mistake mistakes mix mobile mom moment moments months moon moreover morning mornings "
    U"mother mouth moved multiple murder myself narrative native nature naval nearby "
    U"necessarily necessary need needed needs negative neighbor neighborhood neighbors neither "
    U"nervous nevertheless noise non nonetheless nor nose notably notch note nothing number "
    U"numbers numerous object objective objects obvious ocean offensive officer okay older ones "
    U"onto opened opening opinions opportunities opportunity ordered organizations organized "
    U"organizer original originally otherwise outer overall owe owner paced pack page pages "
    U"paid pain painful paint pair pale pardon parenting parks participants participate "
    U"particular particularly partner pass passed passing passion password path paths patients "
    U"patterns peaceful peak per perceived perfect perfectly perform performance performances "
    U"performing permission person personal personality personally personnel persuade phase "
    U"phone photos phrase physical pick picking piece pieces pitch places plane planet plastic "
    U"platform platforms play played player playing plays please plenty plethora plot points "
    U"political politics pop position positive possibility possibly potential potentially pound "
    U"pounds powerful powers practical practice prank precise predatory prefer preferences "
    U"prepare presence present pretty prevent previous previously pride primarily prince prior "
    U"private pro probably problem problems proceed process processes proclaim produced product "
    U"professionals professor profile profound program programming projects promise promises "
    U"promoting properly proposed prospect prosperity protect proud prove provide provided "
    U"provides provoking psychological published pull punishment purposes pursuit pushed put "
    U"putting question questions races racial racing rain ran range rarely reaching reaction "
    U"readers reality realized receive received recent recently recipe recognized recommend "
    U"recommendation recorded reduced refer referring refers reflect reflecting reflection "
    U"regarding regardless region regular regulations relationship relationships relatively "
    U"relaxation relaxing released relevant reliable religion religious remain remained "
    U"remaining remember reminder remove renowned replace replaced represent represented "
    U"require required requires rescue researchers residential residents resilience resolution "
    U"respect respond response responses responsibilities responsible restaurant restaurants "
    U"restoration result resulted results returned returning revolutionary rhythm rid right rob "
    U"robot roles roughly round ruled runs rush sad safe safeguard same sand sandwich "
    U"satisfaction saw scale scene scenes schedule scientist score scored script se season "
    U"seasons seconds secrets section secure seed seeds seeing seem seemed seems select selling "
    U"senator senators send sense sent sentence separate serial serve served serves serving "
    U"setting seven sexual shape shaped shared sharing ships shoes shoot shooting shortly shot "
    U"shouldn showing shown shut sight significant significantly silence silently similar "
    U"similarities similarly simple simply sincerely sing single sister sit sitting situations "
    U"size skill skills skin slices slow slowly smaller smallest smell smile smoke smooth sneak "
    U"sneakers so societies solar soldiers solution solutions solve solving someone sometime "
    U"sometimes son songs soon sorry sort sounds source speak speaking species specific "
    U"specifically speech speed spend spent spirit spoke spread stage stand standing stands "
    U"started starting stated statement status steal stealing step still stolen storage stories "
    U"strange streets strength stress structure structures struggles studied studio stunning "
    U"style stylish subsequently success successful successfully such suddenly suggest "
    U"suggestions suggests suicide suitable sum supported supports suppose supposed surely "
    U"surface surprise surprisingly survival sustainable swear swim synthetic tailored taking "
    U"tale talent tall tank task taste teach teacher team telling ten tend term terms terrible "
    U"territory testing text thank thanks theft them themes themselves theory therefore thick "
    U"things think thinking though thought thoughts thousand threat through throughout throw "
    U"thus ticket tie tight tiny tips title together tomorrow tone took torture totally towards "
    U"towns tracks tradition traditional trail train treat treatment trees trick tricky tried "
    U"trigger troops tropical true truly truth try trying turn turned turning turns type "
    U"typical typically ugly ultimate ultimately unclear uncomfortable understand unexpected "
    U"unfortunately unique unknown unless unlike unlikely unprecedented unsatisfactory upon "
    U"upset us useful user uses using vacation valuable values variety various vast ve veggies "
    U"vehicle version very via vibrant victim victory videos violent virtual vision visiting "
    U"visitors wait waiting walk walking walls wanted wants warfare warm waste watching wealth "
    U"weapon weapons wear wearing web weekend weeks weight welcome went were whether which "
    U"whites whole wide widely willing win window winds wisdom wish withdraw within without "
    U"wonderful wondering words worked working worried worse worst wounded writers writing "
    U"written yes yesterday yet younger your yourself youth ";

constexpr TextView kSmallAndCapital =
    U" "
    U"about access according across add additional advance after again against air all alone "
    U"also although am among an and another answer any apart are army around art as aside "
    U"assistant at attorney avoid away baby back bad ball base based basically basketball be "
    U"bear because becomes before beginning below best bid big black books born both breakfast "
    U"brief bring brought but buy by can cancer care change children cities citizen citizens "
    U"clearly club come comes coming common companies construction could countries cry "
    U"customers cut damage day dead death definitely department design despite development did "
    U"dinner district do doctors don down dreams drive drug du due during each earth eat "
    U"electric employees end even every everybody everyone everything facts fair fall false "
    U"family far father federal feel fell few fifth fighting find finding first five fool for "
    U"force found four fourth fresh friends from full further general generally get give go god "
    U"good got government grace gradually grant great group had half hall has have having he "
    U"head heat held help hey high highway his hope how however human ideas if ill in increase "
    U"increasing intelligence iron is it its join judge just justice keep key kind king know "
    U"knowing knows la lady large last late later lay lead leave left less let life light like "
    U"limit little live local long longer look looks los love low made major make makes making "
    U"many march marine mark master masters may maybe mayor me meanwhile members men might "
    U"modern more most mount moving much music must my name nationwide navy near nearly never "
    U"new next night nine no nobody none north not now nurse obviously of off offer often old "
    U"on once one only open operation or order other others our out outside over parents part "
    U"past pay peace people perhaps place plans players plus police poor popular post president "
    U"presidential production project quick quickly rather re read ready real red reduce "
    U"renaissance reports representative rest return ride route run said save say schools "
    U"scientists second see seeking sell series set several share she short should show since "
    U"sir sites six sleep sleeping slide small soft some something sound south start state stay "
    U"steel stop street strike strong students sugar support supreme sure sweet take takes talk "
    U"teachers tell than that the their then there these they third this those thousands three "
    U"time to today told too tool total travel trust twice two uncle under united until up urge "
    U"use users usually visit wake war was watch water we well west what whatever when where "
    U"while white who whose why will winter with women wonder work worthy would wouldn write "
    U"years yield you young ";

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
  return is_small_inside_sentences(word) || has(kSmallAndCapital, word);
}

}  // namespace tess2::eval
