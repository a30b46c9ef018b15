// What the councils of a cohort send: the records of the life that was lived, each once, and how far their feeds are complete.
import { createHash } from 'node:crypto';
import { type RecordKind, type RecordState, recordKinds } from '../../../schemas/records.ts';
import { feedStatement, outgoing, outgoingRecord } from '../../council/case-event.ts';
import { type Pseudonymiser, pseudonymiser } from '../../council/pseudonym.ts';
import { type Day, dayOf, text } from '../days.ts';
import type { Cohort } from './cohort.ts';
import type { CohortChild, CohortFamily } from './people.ts';
import type { Planted } from './spec.ts';

const CLOSED_AFTER = 60;

/** The key that a simulated council uses. It guards nothing: the children are invented. */
const pseudonymsOf = (seed: string, council: string): Pseudonymiser =>
  pseudonymiser(
    createHash('sha256')
      .update(JSON.stringify(['waymark simulated cohort', seed, council]))
      .digest(),
  );

/** A record and the day it is of. */
export interface Stated {
  kind: RecordKind;
  id: string;
  on: Day;
  state: RecordState;
}

const child = (family: CohortFamily, one: CohortChild, pseudonym: string): Stated => ({
  kind: 'child',
  id: 'child',
  on: family.indexDay,
  state: {
    birthMonth: one.birthMonth,
    unborn: false,
    sex: one.sex,
    ethnicity: family.ethnicity,
    disabilities: ['NONE'],
    deprivationDecile: family.deprivation,
    family: pseudonym,
  },
});

const referral = (family: CohortFamily, id: string, on: Day): Stated => ({
  kind: 'referral',
  id,
  on,
  state: {
    date: text(on),
    source: family.source,
    primaryNeed: family.need,
    noFurtherAction: false,
    closedOn: text(on + CLOSED_AFTER),
    closureReason: 'RC8',
  },
});

/** The record that shows an event. Care that has begun lasts. */
function eventRecord(event: Planted['event'], family: CohortFamily, on: Day): Stated {
  const started = text(on);
  switch (event) {
    case 'care':
      return {
        kind: 'care-episode',
        id: 'care',
        on,
        state: { started, reasonStarted: 'S', legalStatus: 'C1', need: family.need, placement: 'U6' },
      };
    case 'further-referral':
      return referral(family, 'further', on);
    case 'repeat-plan':
      return {
        kind: 'cp-plan',
        id: 'plan',
        on,
        state: {
          started,
          initialCategory: 'NEG',
          latestCategory: 'NEG',
          previousPlans: 1,
          heldForAnotherAuthority: false,
        },
      };
  }
}

const meeting = (on: Day): Stated => ({
  kind: 'family-meeting',
  id: 'meeting',
  on,
  state: { offered: text(on), accepted: true },
});

const earlyHelp = (on: Day): Stated => ({
  kind: 'early-help',
  id: 'relabelled',
  on,
  state: { started: text(on), leadPractitioner: 'family-support' },
});

/** Days after the index day on which a meeting is offered. */
const OFFERED_AFTER = 7;

/** What a council keeps of one child by the end of its feed. */
export function recordsOf(cohort: Cohort, f: number, one: CohortChild, pseudonym: string): Stated[] {
  const { spec, families, arms, fates } = cohort;
  const family = families[f] as CohortFamily;
  const arm = arms[f] ?? 'comparison';
  const { relabelled } = spec;
  const records = [child(family, one, pseudonym), referral(family, 'index', family.indexDay)];
  if (spec.arms.by === 'offer' && arm === 'trial') records.push(meeting(family.indexDay + OFFERED_AFTER));
  spec.planted.forEach(({ event }, p) => {
    const on = fates[p]?.[f]?.[one.at]?.day[arm] ?? null;
    if (on === null) return;
    const moved =
      event === 'further-referral' &&
      relabelled?.councils.includes(family.council) &&
      on >= dayOf(relabelled.from) &&
      family.random.fork(5, one.at).chance(relabelled.share);
    records.push(moved ? earlyHelp(on) : eventRecord(event, family, on));
  });
  return records.filter(({ on }) => on <= dayOf(spec.completeThrough));
}

/** Every line of every council's feed: records family by family, then one statement a council. */
export function* linesOf(cohort: Cohort): Generator<string> {
  const { spec, protocol, families } = cohort;
  const names = new Map(protocol.councils.map((council) => [council, pseudonymsOf(spec.seed, council)]));
  for (const [f, family] of families.entries()) {
    const pseudonyms = names.get(family.council) as Pseudonymiser;
    const own = pseudonyms.family(`f${family.at}`);
    for (const one of family.children) {
      const subject = pseudonyms.child(`f${family.at}-${one.at}`);
      for (const { kind, id, on, state } of recordsOf(cohort, f, one, own)) {
        const statement = {
          council: family.council,
          child: subject,
          recordId: pseudonyms.record(kind, `f${family.at}-${one.at}`, id),
          recordedAt: `${text(on)}T16:00:00Z`,
        };
        yield outgoingRecord(statement, kind, state as never).line;
      }
    }
  }
  for (const council of protocol.councils) {
    const data = { kinds: [...recordKinds], completeThrough: spec.completeThrough };
    yield outgoing(feedStatement(council, `${spec.completeThrough}T23:00:00Z`, data)).line;
  }
}

/** The arms of families, for a protocol whose arms come from a list: a CSV with a heading. */
export function listOf({ spec, families, arms }: Cohort): string {
  const names = new Map<string, Pseudonymiser>();
  const rows = families.map((family, f) => {
    const pseudonyms = names.get(family.council) ?? pseudonymsOf(spec.seed, family.council);
    names.set(family.council, pseudonyms);
    return `${family.council},${pseudonyms.family(`f${family.at}`)},${arms[f]}\n`;
  });
  return `council,unit,arm\n${rows.join('')}`;
}
