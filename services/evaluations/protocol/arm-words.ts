// How children come into the arms, in words: by a draw, by a list, by their council, or by what the records show.
import type { Allocation, Factor } from '../../../schemas/protocol/allocation.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { counted, day, list, percent } from '../../page/words.ts';

/** A council as it is to be called, from its ONS code. */
export type CouncilName = (code: string) => string;

const kindWords: Record<string, string> = {
  'family-meeting': 'a family meeting',
  'early-help': 'early help',
};

const factorWords = (factor: Factor): string =>
  factor === 'council'
    ? 'the council'
    : `${factor.name.replaceAll('-', ' ')} (${list(factor.levels.map((level) => `“${level}”`))})`;

type Scheme = Extract<Allocation, { method: 'concealed' }>['scheme'];

function schemeWords(scheme: Scheme): string {
  switch (scheme.kind) {
    case 'simple':
      return 'Each draw stands alone, as the toss of a coin does.';
    case 'permuted-block':
      return `Draws come in blocks of hidden, random sizes${
        scheme.strata.length > 0 ? `, apart for each level of ${list(scheme.strata.map(factorWords))}` : ''
      }.`;
    case 'minimisation':
      return `The arm that keeps the arms more alike in ${list(scheme.factors.map(factorWords))} is drawn with a chance of ${percent(scheme.certainty)} (minimisation).`;
  }
}

function drawWords(allocation: Allocation, unit: string, named: CouncilName): string[] {
  switch (allocation.method) {
    case 'list':
      return [`A list made elsewhere says the arm of each ${unit}.`];
    case 'by-council':
      return [
        `The child’s council decides the arm. Trial: ${list(allocation.trial.map(named))}. Comparison: ${list(allocation.comparison.map(named))}.`,
      ];
    case 'seeded':
      return [
        `Each ${unit} is drawn at random from a seed in the protocol, into the trial arm with a chance of ${percent(allocation.trialShare)}.`,
      ];
    case 'concealed':
      return [
        `The arm of each ${unit} is drawn at random when it is entered, and nobody can know it before.`,
        schemeWords(allocation.scheme),
        `For every ${counted(allocation.ratio.trial, 'draw')} of the trial arm there ${allocation.ratio.comparison === 1 ? 'is' : 'are'} ${allocation.ratio.comparison} of the comparison arm.`,
        ...allocation.eligibility.map(
          ({ words }) => `Asked before the draw, and to be answered with yes: ${words}`,
        ),
      ];
    case 'constrained':
      return [
        `Councils are drawn at random into two halves, out of those halves that are most alike in ${list(allocation.covariates.map(({ name }) => name.replaceAll('-', ' ')))}.`,
      ];
    case 'stepped-wedge':
      return [
        `Every council begins in the end, in an order drawn at random, in equal numbers on each of these days: ${list(allocation.steps.map(day))}.`,
      ];
  }
}

/** Which arm a child is in when nobody allocates. */
function exposureWords(exposure: NonNullable<Protocol['exposure']>, named: CouncilName): string[] {
  if (exposure.by === 'go-live')
    return [
      'A child is in the trial arm when its index day is on or after the day on which its council began.',
      ...exposure.goLive.map(({ council, from }) => `${named(council)} begins on ${day(from)}.`),
    ];
  return [
    `A child is in the trial arm when ${kindWords[exposure.record]} begins within ${counted(exposure.withinDays, 'day')} of its index day; eligible and not offered it by then, it is in the comparison arm.`,
  ];
}

const designWords: Record<Protocol['design'], string> = {
  randomised: 'Arms are drawn at random.',
  'quasi-experimental': 'Arms are not drawn at random: they came about otherwise.',
};

export function armWords(
  { allocation, exposure, arms: names, unit, design }: Protocol,
  named: CouncilName,
): string[] {
  return [
    designWords[design],
    `Trial arm: ${names.trial}. Comparison arm: ${names.comparison}.`,
    `What is in an arm as a whole is the ${unit}.`,
    ...(allocation ? drawWords(allocation, unit, named) : []),
    ...(exposure ? exposureWords(exposure, named) : []),
  ];
}
