// An explanation in plain words, with a small timeline: what the study began with, what was looked at on which day and what
// came of it, and whether the answer is known yet.
import type { CensorReason } from '../../schemas/outcome.ts';
import type { IndexKind } from '../../schemas/protocol/population.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { type RecordRef, sameRecord } from './candidate.ts';
import { riskWords } from './definition-words.ts';
import type { Explanation } from './explain.ts';
import type { Verdict } from './reference.ts';
import type { RiskFinding } from './risk-set.ts';

const kindWords: Readonly<Record<RecordKind, string>> = {
  child: 'facts about the child',
  referral: 'referral',
  assessment: 'assessment',
  'section-47': 'section 47 enquiry',
  'cin-plan': 'child in need plan',
  'cp-plan': 'child protection plan',
  'care-episode': 'care episode',
  'early-help': 'early help episode',
  'family-meeting': 'family meeting',
  'pre-proceedings': 'pre-proceedings',
  'same-child': 'statement that two pseudonyms are one child',
};

const indexWords: Readonly<Record<IndexKind, string>> = {
  referral: 'referral',
  'cp-plan': 'child protection plan',
  assessment: 'assessment',
  'section-47': 'section 47 enquiry',
  'care-period': 'period of care',
};

/** What came of something that was looked at, said of it. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  event: 'this is the event',
  counted: 'counted: the child was in care',
  'after-the-first': 'passed over: an earlier one is the event',
  'before-the-clock': 'passed over: before time is counted',
  'on-the-first-day': 'passed over: on the day from which time is counted, and that day does not count',
  'in-washout': 'passed over: in the first days, which do not count',
  'after-the-last-day': 'passed over: after the last day of the period',
  'after-observation-ended': 'passed over: after the child was last followed',
  'not-in-these-days': 'passed over: not in the days that are asked about',
  'no-day': 'passed over: it has not ended',
  'index-itself': 'passed over: it brought the child into the study itself',
  'not-the-index': 'passed over: it is not the case that brought the child into the study',
  'no-further-action': 'passed over: it led to no further action',
  'other-need': 'passed over: it does not state a primary need that counts',
  'other-source': 'passed over: it does not state a source that counts',
  'held-for-another-council': 'passed over: held for another council',
  'other-category': 'passed over: it does not state a category that counts',
  'no-earlier-plan': 'passed over: no earlier plan that counts',
  'asylum-seeker': 'passed over: the child is an unaccompanied asylum seeker',
  'short-break': 'passed over: a short break is not care',
  'goes-on-from-another': 'goes on from another episode and is part of its stay',
  'start-not-seen': 'passed over: the records do not show the start of this care',
  'other-legal-status': 'passed over: care started under another legal status',
  'other-end-reason': 'passed over: care ended for another reason',
  'left-out-reason': 'passed over: it ended for a reason that does not count',
  'started-too-early': 'passed over: it started before the first day that counts',
  'later-assessment': 'passed over: another assessment started first',
  'not-completed': 'passed over: the first assessment to start, and it is not completed',
  'completed-before-its-start': 'passed over: it says to have been completed before it started',
  'before-the-index-day': 'passed over: before the child came into the study',
  'clock-too-late': 'passed over: too late for time to be counted from it',
};

const endWords: Readonly<Record<CensorReason, string>> = {
  'eighteenth-birthday': 'the last day before the 18th birthday',
  death: 'the child died',
  'moved-to-another-council': 'the child moved to another council',
  'declared-gap': 'the council’s records have a gap after it',
};

const askedWords = ({ asked }: RiskFinding): string =>
  asked === 'alive-and-under-18' ? 'alive and under 18' : riskWords[asked];

/** Enough of a pseudonym to find it among one child's records. */
const short = (recordId: string): string => `…${recordId.slice(-6)}`;
const named = ({ kind, recordId }: RecordRef): string => `${kindWords[kind]} ${short(recordId)}`;
const months = (count: number): string => `${count} month${count === 1 ? '' : 's'}`;
const days = (count: number): string => `${count} day${count === 1 ? '' : 's'}`;

/** Several of a kind of record. */
function plural(kind: RecordKind): string {
  const word = kindWords[kind];
  if (kind === 'child' || kind === 'pre-proceedings') return word;
  return word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`;
}
const many = (count: number, kind: RecordKind): string =>
  `${count} ${count === 1 ? kindWords[kind] : plural(kind)}`;

function answer({ state, date, censorReason, value, window }: Explanation): string {
  switch (state) {
    case 'event':
      return `event on ${date}${value === null ? '' : `, ${days(value)}`}`;
    case 'no-event':
      return `no event to ${window?.last}${value === null ? '' : `, ${days(value)}`}`;
    case 'censored':
      return `censored on ${date} (${censorReason})`;
    case 'not-at-risk':
      return 'not at risk';
  }
}

function whetherKnown({ matured, horizonDay, feeds }: Explanation): string {
  if (matured) return `Known: every feed that it rests on is complete through ${horizonDay} or later.`;
  const short = feeds
    .filter(({ completeThrough }) => completeThrough === null || completeThrough < horizonDay)
    .map(({ kind, completeThrough }) =>
      completeThrough === null
        ? `the council has never said how far its feed of ${plural(kind)} is complete`
        : `the feed of ${plural(kind)} is complete through ${completeThrough}`,
    );
  return `Not known yet: ${short.join(', and ')}; it must be through ${horizonDay}.`;
}

function beginning({ index, clock, window, horizon }: Explanation): string[] {
  const lines = [
    `The child came into the study on ${index.day} with the ${indexWords[index.kind]} ${short(index.recordId)}.`,
  ];
  if (clock.day === null)
    lines.push('The day from which time is counted has not come, as far as the records say.');
  else if (clock.by) lines.push(`Time is counted from ${clock.day}, by the ${named(clock.by)}.`);
  else lines.push(`Time is counted from that day.`);
  if (window) lines.push(`What happens from ${window.first} to ${window.last} counts (${months(horizon)}).`);
  return lines;
}

function judged({ risk }: Explanation): string[] {
  return risk.map((finding) => {
    const by = finding.records.length > 0 ? ` (${finding.records.map(named).join(', ')})` : '';
    const words = `${askedWords(finding)} on the first day${by}`;
    return finding.holds
      ? `At risk: ${words}, as asked.`
      : `Not at risk: asked is ${words}, and that does not hold.`;
  });
}

/** `>` brings the child in or starts the clock; `*` counts; `.` was passed over; `|` bounds what is looked at. */
interface Moment {
  day: string;
  mark: '>' | '*' | '.' | '|';
  text: string;
}

/** A record's name with the line on which the statement stands that counts, if it was read from a file. */
function placed({ records }: Explanation, ref: RecordRef): string {
  const line = records.find((one) => sameRecord(one, ref))?.line;
  return line ? `${named(ref)} (line ${line})` : named(ref);
}

function clockMoments(explanation: Explanation): Moment[] {
  const { index, clock } = explanation;
  const kind = index.kind === 'care-period' ? 'care-episode' : index.kind;
  const began: Moment = {
    day: index.day,
    mark: '>',
    text: `${placed(explanation, { ...index, kind })}: brings the child into the study`,
  };
  const others = clock.considered.flatMap((one): Moment[] => {
    if (one.day === null) return [];
    const text =
      one === clock.by
        ? 'time is counted from here'
        : one.unfit === null
          ? 'passed over: time is counted from an earlier day'
          : verdictWords[one.unfit];
    return [
      { day: one.day, mark: one === clock.by ? '>' : '.', text: `${placed(explanation, one)}: ${text}` },
    ];
  });
  return [began, ...others];
}

const counts = (verdict: Verdict): boolean => verdict === 'event' || verdict === 'counted';

function consideredMoments(explanation: Explanation): Moment[] {
  return explanation.considered.flatMap((one): Moment[] => {
    const { day, verdict, rests } = one;
    if (day === null || (verdict === 'index-itself' && day === explanation.index.day)) return [];
    const restsOn =
      counts(verdict) && rests.length > 0
        ? `, with ${rests.map((ref) => placed(explanation, ref)).join(', ')}`
        : '';
    const text = `${placed(explanation, one)}: ${verdictWords[verdict]}${restsOn}`;
    return [{ day, mark: counts(verdict) ? '*' : '.', text }];
  });
}

const correctedMoments = ({ records }: Explanation): Moment[] =>
  records.flatMap((record) =>
    record.overtaken.flatMap(({ day, recordedAt, line }): Moment[] => {
      if (day === null) return [];
      const where = line === null ? '' : `, line ${line}`;
      const text = `${named(record)}: as said ${recordedAt}${where}; corrected ${record.recordedAt}`;
      return [{ day, mark: '.', text }];
    }),
  );

function bounds({ window, ends, feeds, horizonDay }: Explanation): Moment[] {
  const bound = (day: string, text: string): Moment => ({ day, mark: '|', text });
  return [
    ...(window ? [bound(window.last, 'the last day that counts')] : []),
    ...ends.map(({ day, reason, record }, at) => {
      const said = record ? ` (${named(record)})` : '';
      return bound(
        day,
        `${at === 0 ? 'the child is last followed' : 'would also have ended it'}: ${endWords[reason]}${said}`,
      );
    }),
    ...(horizonDay === window?.last ? [] : [bound(horizonDay, 'the feeds must reach this day')]),
    ...feeds.flatMap(({ kind, completeThrough }) =>
      completeThrough === null
        ? []
        : [bound(completeThrough, `feed of ${plural(kind)} complete through here`)],
    ),
  ];
}

/** In order of day; on one day what brings the child in, then what happened, then the bounds. */
const timeline = (explanation: Explanation): Moment[] =>
  [
    ...clockMoments(explanation),
    ...consideredMoments(explanation),
    ...correctedMoments(explanation),
    ...bounds(explanation),
  ].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));

function besides({ considered, records, notLookedAt, gaps }: Explanation): string[] {
  const undated = considered.filter(({ day }) => day === null);
  const purged = records.filter(({ standing }) => standing === 'purged');
  const again = records.filter(({ standing, overtaken }) => standing === 'stands' && overtaken.length > 0);
  return [
    ...undated.map((one) => `${named(one)}: ${verdictWords[one.verdict]}`),
    ...purged.map(
      (one) => `${named(one)}: withdrawn, ${one.recordedAt}; it does not count, whatever it said`,
    ),
    ...again.map(
      ({ overtaken, ...one }) =>
        `${named(one)}: said ${overtaken.length + 1} times; what was said before the last does not count`,
    ),
    ...gaps.map(({ kind, from, to }) => `declared gap in the feed of ${plural(kind)}: ${from} to ${to}`),
    ...(notLookedAt.length > 0
      ? [`not looked at: ${notLookedAt.map(({ kind, records: count }) => many(count, kind)).join(', ')}`]
      : []),
  ];
}

/** The explanation for people at a terminal. */
export function explanationLines(explanation: Explanation): string[] {
  const { title, horizon } = explanation;
  return [
    `${title}, ${months(horizon)}: ${answer(explanation)}`,
    whetherKnown(explanation),
    ...beginning(explanation),
    ...judged(explanation),
    '',
    ...timeline(explanation).map(({ day, mark, text }) => `  ${day} ${mark} ${text}`),
    ...besides(explanation).map((text) => `  ${' '.repeat(12)} ${text}`),
  ];
}
