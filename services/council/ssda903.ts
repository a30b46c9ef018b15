// Children looked after (SSDA903) become case events, from the tables in CSV or from the XML, of one year or several.
//
// Keys: a care episode is the child and DECOM. Every later return repeats DECOM while LS, PLACE, DEC and REC are
// filled in and corrected, so the later return corrects the record. When a child has two episodes that start on one
// day (the first ended that day), the second is told apart by its order by DEC, which later returns keep because the
// first is already closed. Tables of several years put together hold an episode once for every year it was open in:
// rows of one child, DECOM, RNE, LS and placement are one episode, and the row with an end is the newest.
//
// The tables may be in any order, so one council's children looked after are held while they are grouped (about
// 200 bytes an episode); the XML is read child by child.
//
// Field names and rule codes: Department for Education, Children looked-after (SSDA903) guides 2016-17 to 2025-26.
import * as codes from '../../schemas/codes.ts';
import { codeSet, type Raw, Reading } from './reading.ts';
import type { ReportWriter } from './report.ts';
import type { ReturnEvents } from './return-events.ts';
import type { RawCareChild } from './ssda903-child.ts';
import { checkEpisodes, oneOfEachEpisode, readEpisode } from './ssda903-episodes.ts';

const reasonsEnded = codeSet(codes.ReasonEpisodeCeased.options);
const needs = codeSet(codes.PrimaryNeed.options);
const ethnicities = codeSet(codes.Ethnicity.options);
const sexes: ReadonlyMap<string, 'M' | 'F' | 'U'> = new Map([
  ['1', 'M'],
  ['2', 'F'],
  ['M', 'M'],
  ['F', 'F'],
  ['U', 'U'],
]);

const DIED = 'E2';

/** States every record of one child looked after. */
export function stateCareChild(child: RawCareChild, events: ReturnEvents, writer: ReportWriter): boolean {
  const reading = new Reading(writer, child.file, child.line, 'child');
  const ownId = reading.childId('CHILD', child.id);
  if (ownId === undefined) return false;
  const { linkage } = events.conversion;
  const localId = linkage.idOf(ownId);
  if (child.unaccompanied) events.conversion.unaccompanied.add(localId);
  const scope = events.child(localId);
  if (!linkage.care(scope.pseudonym, ownId)) reading.finding('two-ids-one-child', 'CHILD');
  const read = child.episodes.flatMap((raw) => readEpisode(raw, writer) ?? []);
  const episodes = oneOfEachEpisode(read);
  const { header } = child;
  const died = episodes.find((episode) => episode.reasonEnded === DIED && episode.ended !== undefined);
  if (header) {
    const of = new Reading(writer, header.file, header.line, 'child');
    const at = (text: string): Raw => ({ text, line: header.line });
    events.state(
      scope,
      'child',
      'ssda903',
      {
        birthMonth: of.month('DOB', at(header.dob)),
        unborn: undefined,
        sex: of.code('SEX', at(header.sex), sexes),
        ethnicity: of.code('ETHNIC', at(header.ethnic), ethnicities),
        disabilities: undefined,
        unaccompaniedAsylumSeeker: child.unaccompanied,
        deathMonth: died?.ended?.slice(0, 7),
        deprivationDecile: undefined,
        family: events.family(localId),
      },
      of,
    );
  } else {
    reading.finding('no-details-of-child');
  }
  for (const episode of episodes) {
    const { raw } = episode;
    const at = (text: string): Raw => ({ text, line: raw.line });
    const placement = raw.place.toUpperCase();
    const placed = codes.Placement.safeParse(placement).success;
    if (!placed && placement !== '') episode.reading.finding('invalid-field', 'PLACE');
    events.state(
      scope,
      'care-episode',
      episode.started,
      {
        started: episode.started,
        reasonStarted: episode.reasonStarted,
        legalStatus: episode.legalStatus,
        need: episode.reading.code('CIN', at(raw.cin), needs),
        placement: placed ? placement : undefined,
        ended: episode.ended,
        reasonEnded: reasonsEnded.get(episode.reasonEnded ?? ''),
      },
      episode.reading,
    );
  }
  checkEpisodes(episodes);
  return true;
}
