// How the report says numbers, reasons, methods and gates: the field's terms in plain English.
import type { AnalysisRecord, Measure } from '../../../schemas/analysis.ts';
import { needWords, sourceWords } from '../../outcomes/code-words.ts';
import { type Html, html, type Piece } from '../../page/html.ts';
import { count, day, list, percent, points, sentence } from '../../page/words.ts';
import type { Shown } from './tables-shown.ts';

export const HIDDEN = html`<span class="wm-hidden">Hidden</span>`;

export const number = (value: Shown): Piece => (value === null ? HIDDEN : count(value));
export const share = (value: Shown): Piece => (value === null ? HIDDEN : percent(value));
/** Where no markup can stand: a drawing, or a line of text. */
export const plainNumber = (value: Shown): string => (value === null ? 'hidden' : count(value));

export const decimals = (value: number, places: number): string => {
  const text = Math.abs(value).toFixed(places);
  return `${value < 0 && Number(text) !== 0 ? '−' : ''}${text}`;
};

export const pValue = (p: number | null): string =>
  p === null ? 'not given' : p < 0.001 ? 'under 0.001' : p.toFixed(3);

const isDifference = (measure: Measure): boolean => measure === 'risk-difference';
export const isRatio = (measure: Measure): boolean => measure.endsWith('ratio');

/** An estimate on the scale it is read on: points for risks, days, or a ratio. */
export const onScale = (measure: Measure, value: number): string =>
  isDifference(measure) ? points(value) : decimals(value, isRatio(measure) ? 2 : 1);

export const unitOf = (measure: Measure): string =>
  isDifference(measure) ? 'percentage points' : isRatio(measure) ? '' : 'days';

export function interval({
  measure,
  estimate,
  lower,
  upper,
}: {
  measure: Measure;
  estimate: number | null;
  lower: number | null;
  upper: number | null;
}): string {
  if (estimate === null) return 'Not estimated';
  const at = onScale(measure, estimate);
  return lower === null || upper === null
    ? `${at} (no interval)`
    : `${at} (${onScale(measure, lower)} to ${onScale(measure, upper)})`;
}

/** What lies on either side of the line of no difference. */
export function sidesOf(measure: Measure, trial: string): { below: string; above: string } {
  if (measure === 'restricted-mean-difference')
    return { below: `Sooner in “${trial}”`, above: `Later in “${trial}”` };
  const [less, more] = isRatio(measure) ? ['Less often', 'More often'] : ['Fewer children', 'More children'];
  return { below: `${less} in “${trial}”`, above: `${more} in “${trial}”` };
}

export const measureName = (measure: Measure): string => sentence(measure.replaceAll('-', ' '));

const methods: Record<string, string> = {
  linear: 'linear model',
  'g-computation': 'logistic model, standardised over everybody (g-computation)',
  logistic: 'logistic model',
  'modified-poisson': 'modified Poisson model',
  gee: 'generalised estimating equations',
  'mixed-linear': 'linear model with random council effects',
  cox: 'Cox model',
  'fine-gray': 'Fine and Gray model of competing risks',
  rmst: 'restricted mean time',
  propensity: 'propensity score',
  did: 'differences in differences (Callaway and Sant’Anna)',
};
export const methodName = (method: string): string => methods[method] ?? method;

const reasons: Record<string, string> = {
  'no-index': 'No index record in the window',
  'opted-out': 'Opted out',
  'age-unknown': 'Month of birth not known',
  'too-young': 'Too young',
  'too-old': 'Too old',
  'in-care': 'In care on the index day',
  'on-cp-plan': 'On a child protection plan on the index day',
  'earlier-record': 'An earlier record of the same kind',
  'no-arm': 'No arm',
};
export const reasonName = (reason: string): string =>
  reasons[reason] ?? sentence(reason.replaceAll('-', ' '));

const covariates: Record<string, string> = {
  age: 'Age in years',
  sex: 'Sex',
  ethnicity: 'Ethnic group',
  disabled: 'Disabled',
  unaccompanied: 'Unaccompanied asylum-seeking child',
  'deprivation-decile': 'Deprivation decile (1 most deprived)',
  'referral-source': 'Source of referral',
  'primary-need': 'Primary need',
  council: 'Council',
  wave: 'Quarter or month of referral',
};
export const covariateName = (name: string): string => covariates[name] ?? sentence(name);

const sources: Record<string, string> = {
  '1': 'individuals',
  '2': 'education',
  '3': 'health',
  '5': 'the council or another',
};

/** Sources are known by their first figure: what stands under it has no single name. */
const levels: Record<string, Readonly<Record<string, string>>> = {
  sex: { F: 'female', M: 'male' },
  'primary-need': needWords,
  'referral-source': { ...sourceWords, ...sources },
};
export const levelName = (of: string, level: string): string => sentence(levels[of]?.[level] ?? level);

const gates: Record<string, string> = {
  'sample-ratio': 'The arms have the sizes that were planned',
  balance: 'The arms were alike at the start',
  attrition: 'Enough children were followed',
  'differential-maturity': 'Both arms were followed as long',
  clusters: 'There are enough clusters',
  'feed-gaps': 'Councils’ records have few gaps',
  'regime-change': 'What councils record did not change',
  'negative-controls': 'What cannot change did not',
  'effective-sample-size': 'Weighting leaves enough children',
  contamination: 'The comparison did not get the help',
  'pre-trend': 'Councils moved alike beforehand',
};
/** What has to hold before anybody looks at an effect, in words. */
export const gateNames: readonly string[] = Object.values(gates);
export const gateName = (id: string): string => gates[id] ?? sentence(id.replaceAll('-', ' '));

export const armsBy: Record<string, string> = {
  list: 'allocated by a list made elsewhere',
  'by-council': 'decided by the child’s council',
  seeded: 'drawn at random, from a seed in the protocol',
  concealed: 'drawn at random, concealed until each unit was entered',
  constrained: 'councils drawn at random, kept alike',
  'stepped-wedge': 'councils begin in a random order',
  'go-live': 'by the day on which the child’s council began',
  offered: 'by whether help was offered',
};

export const indexRecord: Record<string, string> = {
  referral: 'referral',
  'cp-plan': 'child protection plan',
  assessment: 'assessment',
  'care-period': 'period of care',
};

const things: Record<AnalysisRecord['study']['unit'], [string, string]> = {
  child: ['child', 'children'],
  family: ['family', 'families'],
  team: ['team', 'teams'],
  council: ['council', 'councils'],
};
export const units = (unit: AnalysisRecord['study']['unit']): string => things[unit][1];

/** A warning's code as a sentence; what is not known stays as it is. */
export function warningWords(code: string): string {
  const [what, detail] = code.split(': ');
  if (what === 'constant-covariate-left-out')
    return `${covariateName(detail ?? '')} has one value among these children and was left out of the model.`;
  if (what === 'not-known') return 'Some children are in no group, because the covariate is not known.';
  if (what === 'wave-treated-in-part')
    return `${detail} began in the midst of a wave, all of which counts as begun.`;
  return `${sentence(code.replaceAll('-', ' '))}.`;
}

const wavesLeftOut: Record<string, string> = {
  'wave-not-followed': 'not all of them have been followed',
  'wave-straddles-a-change': 'what councils record changed before their follow-up was over',
  'wave-without-a-council': 'one of the councils has none',
};

/** Warnings as sentences; waves that are left out for one reason in one of them. */
export function inOneLine(codes: readonly string[]): string[] {
  const ofWave = (code: string) => code.split(': ')[0] ?? '';
  const others = codes.filter((code) => !(ofWave(code) in wavesLeftOut));
  const waves = Object.entries(wavesLeftOut).flatMap(([what, why]) => {
    const own = codes.filter((code) => ofWave(code) === what).map((code) => day(code.split(': ')[1] ?? ''));
    return own.length === 0
      ? []
      : [`children referred in the waves from ${list(own)} are left out of the comparison, because ${why}.`];
  });
  return [...waves, ...others.map(warningWords)];
}

export const note = (content: Piece): Html => html`<p class="govuk-body-s wm-note">${content}</p>`;
