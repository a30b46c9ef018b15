// A protocol in words, section by section: for the registration document, and for saying what two versions differ in.

import type { Estimand } from '../../../schemas/protocol/estimand.ts';
import type { IndexRecord } from '../../../schemas/protocol/population.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { categoryWords, needWords, sourceWords } from '../../outcomes/code-words.ts';
import { counted, day, list, months } from '../../page/words.ts';
import { analysisWords } from './analysis-words.ts';
import { armWords, type CouncilName } from './arm-words.ts';

export interface Section {
  title: string;
  /** One statement each. */
  lines: string[];
}

/** By the names that are known, each with its code, so that two councils of one name stay apart. */
const naming =
  (names: ReadonlyMap<string, string>): CouncilName =>
  (code) =>
    names.has(code) ? `${names.get(code)} (${code})` : code;

/** Codes with what they mean. */
const coded = (words: Readonly<Record<string, string>>, codes: readonly string[]): string =>
  list(codes.map((code) => `${words[code] ?? 'unknown'} (${code})`));

function indexWords(index: IndexRecord): string[] {
  switch (index.record) {
    case 'referral':
      return [
        `The index is a referral${index.countNoFurtherAction ? ', also one that led to no further action' : ' that did not end in no further action'}.`,
        ...(index.sources ? [`Only referrals that came from ${coded(sourceWords, index.sources)}.`] : []),
        ...(index.primaryNeeds
          ? [`Only referrals with the primary need ${coded(needWords, index.primaryNeeds)}.`]
          : []),
      ];
    case 'cp-plan':
      return [
        `The index is the start of a child protection plan${index.countHeldForAnotherAuthority ? ', also one held for another council' : ' of the council itself'}.`,
        ...(index.categories
          ? [`Only plans with the initial category ${coded(categoryWords, index.categories)}.`]
          : []),
      ];
    case 'assessment':
      return ['The index is the start of an assessment.'];
    case 'section-47':
      return ['The index is the start of a section 47 enquiry.'];
    case 'care-period':
      return ['The index is the start of a period of care that the records show; short breaks are not care.'];
  }
}

function population({ population: who, councils }: Protocol, named: CouncilName): string[] {
  const { age, exclude } = who;
  return [
    ...indexWords(who.index),
    `Index days lie from ${day(who.from)} to ${day(who.to)}.`,
    'The first such record of a child is its index; a child excluded then is not brought in by a later one.',
    ...(age?.from !== undefined ? [`Children are at least ${age.from} years old on the index day.`] : []),
    ...(age?.under !== undefined ? [`Children are under ${age.under} years old on the index day.`] : []),
    ...(age ? ['A child whose month of birth is not known is excluded.'] : []),
    ...(exclude?.inCareAtIndex ? ['Children in care on the index day are excluded.'] : []),
    ...(exclude?.onCpPlanAtIndex
      ? ['Children on a child protection plan on the index day are excluded.']
      : []),
    ...(exclude?.earlierWithinMonths
      ? [
          `Children with an earlier record of the index kind within ${months(exclude.earlierWithinMonths)} before are excluded.`,
        ]
      : []),
    `${counted(councils.length, 'council')}: ${list(councils.map(named))}.`,
  ];
}

const waveWords: Record<Protocol['waves'], string> = {
  month: 'month',
  quarter: 'quarter of the year',
  year: 'year',
};

const outcomes = ({ outcomes: all, primary, horizons, waves }: Protocol): string[] => [
  `Primary outcome: ${all.find(({ id }) => id === primary.outcome)?.title ?? primary.outcome} by ${months(primary.horizon)}.`,
  `Children are followed for ${list(horizons.map(String))} months from the index day. Those with an index day in the same ${waveWords[waves]} are one group.`,
  ...all.map(({ id, version, title, words }) => `${title} (${id}, version ${version}): ${words}`),
];

const effectWords = {
  assignment: 'Effect of the arm that a child was put in, whatever was delivered',
  treated: 'Effect on the children of the trial arm',
} as const;

const handlingWords: Record<Estimand['intercurrentEvents'][number]['handling'], string> = {
  'treatment-policy': 'the child counts as before (treatment policy)',
  composite: 'it counts as the outcome itself (composite)',
  'while-observed': 'the child counts until then (while observed)',
  hypothetical: 'what would have been without it is estimated (hypothetical)',
};

const sourceOfData = { simulated: 'simulated', sample: 'samples' } as const;

const question = ({ question: asked, estimand, dataSource, title }: Protocol): string[] => [
  `Title: ${title}`,
  `Question: ${asked}`,
  ...(dataSource === 'real' ? [] : [`The data are ${sourceOfData[dataSource]}: no real child.`]),
  ...(estimand
    ? [
        `Estimand: ${estimand.words}`,
        `${effectWords[estimand.effect]}, as a ${estimand.summary.replaceAll('-', ' ')}.`,
        ...estimand.intercurrentEvents.map(
          ({ event, handling }) => `When ${event}: ${handlingWords[handling]}.`,
        ),
      ]
    : []),
];

/**
 * What the protocol says, in the order a reader asks.
 * @param names of councils by ONS code, as far as they are known
 */
export function protocolWords(protocol: Protocol, names: ReadonlyMap<string, string> = new Map()): Section[] {
  const named = naming(names);
  return [
    { title: 'Question', lines: question(protocol) },
    { title: 'Population', lines: population(protocol, named) },
    { title: 'Arms', lines: armWords(protocol, named) },
    { title: 'Outcomes', lines: outcomes(protocol) },
    { title: 'Analysis', lines: analysisWords(protocol) },
    {
      title: 'Disclosure',
      lines: [`Counts from 1 to ${protocol.disclosure.threshold - 1} are hidden.`],
    },
    {
      title: 'Recording regimes',
      lines: (protocol.regime ?? []).map(
        ({ council, from, words }) => `${named(council)} from ${day(from)}: ${words}`,
      ),
    },
  ];
}

/** What the second version says that the first does not, and the other way round, section by section. */
export function differences(
  before: Protocol,
  after: Protocol,
): { section: string; removed: string[]; added: string[] }[] {
  const was = protocolWords(before);
  return protocolWords(after).flatMap(({ title, lines }, at) => {
    const old = was[at]?.lines ?? [];
    const removed = old.filter((line) => !lines.includes(line));
    const added = lines.filter((line) => !old.includes(line));
    return removed.length + added.length > 0 ? [{ section: title, removed, added }] : [];
  });
}
