// A protocol in words, section by section: for the registration document, and for saying what two versions differ in.

import type { IndexRecord } from '../../../schemas/protocol/population.ts';
import type { Protocol } from '../../../schemas/protocol.ts';

export interface Section {
  title: string;
  /** One statement each. */
  lines: string[];
}

const months = (count: number): string => `${count} month${count === 1 ? '' : 's'}`;
const percent = (share: number): string => `${Math.round(share * 1_000) / 10}%`;

function indexWords(index: IndexRecord): string[] {
  switch (index.record) {
    case 'referral':
      return [
        `The index is a referral${index.countNoFurtherAction ? ', also one that led to no further action' : ' that did not end in no further action'}.`,
        ...(index.sources ? [`Only referrals from the sources ${index.sources.join(', ')}.`] : []),
        ...(index.primaryNeeds
          ? [`Only referrals with the primary needs ${index.primaryNeeds.join(', ')}.`]
          : []),
      ];
    case 'cp-plan':
      return [
        `The index is the start of a child protection plan${index.countHeldForAnotherAuthority ? ', also one held for another council' : ' of the council itself'}.`,
        ...(index.categories
          ? [`Only plans with the initial categories ${index.categories.join(', ')}.`]
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

function population({ population: who, councils }: Protocol): string[] {
  const { age, exclude } = who;
  return [
    ...indexWords(who.index),
    `Index days lie from ${who.from} to ${who.to}.`,
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
    `${councils.length} council${councils.length === 1 ? '' : 's'}: ${councils.join(', ')}.`,
  ];
}

function arms({ allocation, exposure, arms: names, unit, design }: Protocol): string[] {
  const lines = [
    `The design is ${design}.`,
    `Trial arm: ${names.trial}. Comparison arm: ${names.comparison}.`,
    `The unit is the ${unit}.`,
  ];
  if (exposure?.by === 'go-live')
    return [
      ...lines,
      'A child is in the trial arm when its index day is on or after the go-live day of its council.',
      ...exposure.goLive.map(({ council, from }) => `${council} goes live on ${from}.`),
    ];
  if (exposure?.by === 'offered')
    return [
      ...lines,
      `A child is in the trial arm when a record of ${exposure.record} begins within ${exposure.withinDays} days of its index day; eligible and not offered by then, it is in the comparison arm.`,
    ];
  const { method, ...rest } = allocation ?? { method: 'none' };
  const settings = Object.entries(rest)
    .filter(([name]) => name !== 'seed')
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  return [
    ...lines,
    `Units are allocated by the method “${method}”.`,
    ...settings.map((one) => `Allocation: ${one}.`),
  ];
}

const outcomes = ({ outcomes: all, primary, horizons, waves }: Protocol): string[] => [
  `Primary outcome: ${primary.outcome} by ${months(primary.horizon)}.`,
  `Children are followed for ${horizons.join(', ')} months from the index day, together by the ${waves} of that day.`,
  ...all.map(({ id, version, title, words }) => `${id}, version ${version} (${title}): ${words}`),
];

function analysis({ analysis: plan }: Protocol): string[] {
  if (!plan) return ['A version 1 protocol has no plan of analysis: unadjusted risk differences.'];
  const { model, interim, sizing } = plan;
  const { method, ...options } = model;
  return [
    `Model: ${method}${Object.entries(options)
      .map(([name, value]) => `, ${name} ${value}`)
      .join('')}.`,
    `Standard errors cluster on the ${plan.clusters}.`,
    `Covariates: ${plan.covariates.join(', ') || 'none'}.`,
    `Significance level: ${plan.alpha}.`,
    `Missing covariates: ${plan.missing}.`,
    `Several outcomes: ${plan.multiplicity === 'none' ? 'no adjustment' : plan.multiplicity}.`,
    ...(interim
      ? [
          `Looks at ${interim.information.map(percent).join(', ')} of the information, spending ${interim.spending}.`,
        ]
      : []),
    ...plan.subgroups.map(({ by, words }) => `Subgroup by ${by}: ${words}`),
    ...plan.negativeControls.map((id) => `Negative control: ${id}.`),
    ...plan.sensitivity.map(({ id, words }) => `Sensitivity analysis ${id}: ${words}`),
    ...(sizing
      ? [
          `Sized for ${percent(sizing.comparisonRisk)} against ${percent(sizing.trialRisk)} with power ${percent(sizing.power)} and an intra-cluster correlation of ${sizing.icc}.`,
        ]
      : []),
  ];
}

const question = ({ question: asked, estimand, dataSource, title }: Protocol): string[] => [
  `Title: ${title}`,
  `Question: ${asked}`,
  ...(dataSource === 'real' ? [] : [`The data are ${dataSource}: no real child.`]),
  ...(estimand
    ? [
        `Estimand: ${estimand.words}`,
        `Effect of ${estimand.effect === 'assignment' ? 'assignment, whatever was delivered' : 'treatment on those treated'}, as a ${estimand.summary}.`,
        ...estimand.intercurrentEvents.map(({ event, handling }) => `When ${event}: ${handling}.`),
      ]
    : []),
];

/** What the protocol says, in the order a reader asks. */
export const protocolWords = (protocol: Protocol): Section[] => [
  { title: 'Question', lines: question(protocol) },
  { title: 'Population', lines: population(protocol) },
  { title: 'Arms', lines: arms(protocol) },
  { title: 'Outcomes', lines: outcomes(protocol) },
  { title: 'Analysis', lines: analysis(protocol) },
  {
    title: 'Disclosure',
    lines: [`Counts from 1 to ${protocol.disclosure.threshold - 1} are hidden.`],
  },
  {
    title: 'Recording regimes',
    lines: (protocol.regime ?? []).map(({ council, from, words }) => `${council} from ${from}: ${words}`),
  },
];

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
