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
    U"abandoned above accordingly acquaint address adults affection afterward afterwards almost "
    U"along altar alternative always ambassador ancient angle anyone anything anyway appear "
    U"approximately arriving ask assault assist assuming attempts attend babies bearing become "
    U"behind behold being believe besides better between beyond blind blood boats bond bound "
    U"boy break brother build built businesses calculate call came cannot carefully carry cast "
    U"casualties cause certainly check choose chorus claim cold combine comfort commend commit "
    U"compared confess consider considering content courage course crack create critics "
    U"currently depending described describing designed develop die different direct discover "
    U"discussion dive does dogs draw drink earlier early eating effects eight either else "
    U"elsewhere enforce enjoy enough ensure especially essentially eventually exactly examples "
    U"except experience experts explain explore faced faith fare fear feeling fellow final "
    U"finally fit flight fly follow following foot furthermore gentle gentleman girl given "
    U"gives governments guests gun hang happy hear heaven heavy hence her here hide "
    U"historically hold honest honestly hot hundred hunting imagine immediately importantly "
    U"improve include included including indeed individuals initial initially innovation inside "
    U"instead into introducing isn knock known leading learn lend lest lets lie lies likewise "
    U"listen lives looking loudly loved lunch meaning meantime merely mine mistake mix moreover "
    U"mornings murder myself nature neither nevertheless nonetheless nor notably note nothing "
    U"numerous officer okay organizations originally otherwise overall page pale pardon "
    U"patients person persuade phase phone physical places plastic play please political pound "
    U"prepare prevent previously prince prior private probably proceed proclaim professor "
    U"protect proud prove provide put rarely readers recent recently regardless remember "
    U"renowned rescue researchers residents restoration returning right roughly rush saw scenes "
    U"section seeing seems select senator senators send sent serve setting seven shortly "
    U"showing shut silence silently similar similarly simply sincerely sit slowly smile so "
    U"someone sometime sometimes son soon sorry sounds speak specifically spend spoke spread "
    U"stand standing stands starting stealing step still structure subsequently such suddenly "
    U"suppose surely surprisingly swear swim taking teach ten thank thanks therefore things "
    U"think thinking though thoughts thousand through throughout throw thus tiny together "
    U"tomorrow took towards towns troops tropical true truly try turn typically ultimately "
    U"unfortunately unless unlike upon using variety various very visitors wait walk wear "
    U"welcome went were whether which whites winds withdraw within without worse worst writers "
    U"writing written yes yesterday yet your yourself ";

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
