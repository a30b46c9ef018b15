// The plan of the comparison in words: every setting of it as a sentence, with the field's own term beside.
import type { AnalysisPlan, Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { list, percent } from '../../page/words.ts';

type Model = AnalysisPlan['model'];

const methodWords: Record<Model['method'], string> = {
  linear: 'a linear model',
  logistic: 'a logistic model',
  'modified-poisson': 'a modified Poisson model',
  'g-computation': 'a logistic model, standardised over everybody (g-computation)',
  gee: 'generalised estimating equations',
  'mixed-linear': 'a linear model with random council effects',
  cox: 'a Cox model of the time to the event',
  'fine-gray': 'a Fine and Gray model of competing risks',
  rmst: 'the restricted mean time to the event',
  propensity: 'propensity scores',
  did: 'differences in differences (Callaway and Sant’Anna)',
};

const useWords: Record<NonNullable<Model['use']>, string> = {
  'iptw-ate': 'children are weighted to stand for all children (IPTW, ATE)',
  'iptw-att': 'comparison children are weighted to stand for those of the trial arm (IPTW, ATT)',
  overlap: 'children are weighted by how well both arms could have held them (overlap weights)',
  nearest: 'each child of the trial arm is matched with the comparison child of the nearest score',
  entropy: 'comparison children are weighted until both arms have the same averages (entropy balancing)',
};

const freedomWords: Record<NonNullable<Model['df']>, string> = {
  satterthwaite: 'degrees of freedom by Satterthwaite’s method',
  'clusters-1': 'one degree of freedom fewer than there are clusters',
  normal: 'the normal distribution in the place of t',
};

const covariateWords: Record<Covariate, string> = {
  age: 'age',
  sex: 'sex',
  ethnicity: 'ethnic group',
  disabled: 'disability',
  unaccompanied: 'whether the child came unaccompanied to seek asylum',
  'deprivation-decile': 'deprivation of the neighbourhood, in tenths',
  'referral-source': 'source of the referral',
  'primary-need': 'primary need',
  council: 'council',
  wave: 'time of the referral',
};

const missingWords: Record<AnalysisPlan['missing'], string> = {
  'complete-case': 'A child of whom one of these is not known is left out.',
  'missing-category': '“Not known” is a category of its own.',
  'multiple-imputation': 'What is not known is filled in many times over (multiple imputation).',
};

const multiplicityWords: Record<AnalysisPlan['multiplicity'], string> = {
  none: 'p-values are not adjusted for there being several outcomes.',
  holm: 'p-values are adjusted for there being several outcomes, by Holm’s method.',
  hochberg: 'p-values are adjusted for there being several outcomes, by Hochberg’s method.',
  bonferroni: 'p-values are adjusted for there being several outcomes, by Bonferroni’s method.',
  bh: 'p-values are adjusted for there being several outcomes, by the method of Benjamini and Hochberg.',
};

const spendingWords: Record<NonNullable<AnalysisPlan['interim']>['spending'], string> = {
  'obrien-fleming': 'O’Brien and Fleming',
  pocock: 'Pocock',
  'hwang-shih-decani': 'Hwang, Shih and DeCani',
};

function modelWords({ method, vcov, df, use, caliper, outcomeModel, control }: Model): string {
  const settings = [
    ...(use ? [useWords[use]] : []),
    ...(caliper === undefined
      ? []
      : [`a match lies within ${caliper} standard deviations of the score’s logit`]),
    ...(outcomeModel ? ['the covariates adjusted for again, linearly, among those weighed or matched'] : []),
    ...(control
      ? [
          control === 'never'
            ? 'compared with councils that never begin'
            : 'compared with councils that have not begun yet',
        ]
      : []),
    ...(vcov ? [`standard errors ${vcov}`] : []),
    ...(df ? [freedomWords[df]] : []),
  ];
  return `The comparison is made by ${methodWords[method]}${settings.map((one) => `; ${one}`).join('')}.`;
}

function interimWords({
  information,
  spending,
  gamma,
  participants,
  harm,
}: NonNullable<AnalysisPlan['interim']>): string {
  const how = `${spendingWords[spending]}${gamma === undefined ? '' : ` with gamma ${gamma}`}`;
  return `Results are looked at when ${list(information.map(percent))} of the information is there; what each look spends of the significance level follows ${how}.${participants === undefined ? '' : ` The study is for ${participants} children.`}${harm ? ` More of the primary outcome in the trial arm is watched for at the same looks, one-sided at ${harm.alpha} (${spendingWords[harm.spending]}).` : ''}`;
}

function contaminationWords(limits: NonNullable<AnalysisPlan['contamination']>): string {
  const { record, withinDays, mostInComparison, mostWithoutInTrial } = limits;
  return `No effect is shown if more than ${percent(mostInComparison)} of the comparison had a record of ${record.replace('-', ' ')} within ${withinDays} days of the index day, or more than ${percent(mostWithoutInTrial)} of the trial arm had none (contamination).`;
}

const straddlingWords = {
  kept: 'Children whose follow-up spans a change of recording are in the analysis.',
  'left-out': 'Children whose follow-up spans a change of recording are left out.',
} as const;

export function analysisWords({ analysis: plan, outcomes }: Protocol): string[] {
  if (!plan) return ['This protocol was written before plans of analysis: shares are compared as they are.'];
  const { covariates, contamination, interim, sizing, straddling } = plan;
  const titled = (id: string) => outcomes.find((one) => one.id === id)?.title ?? id;
  return [
    modelWords(plan.model),
    `Children of one ${plan.clusters === 'unit' ? 'unit of allocation' : 'council'} are taken to be more alike than others (clusters).`,
    covariates.length === 0
      ? 'Nothing is adjusted for.'
      : `Adjusted for ${list(covariates.map((one) => covariateWords[one]))}. ${missingWords[plan.missing]}`,
    `Significance level: ${plan.alpha}.`,
    multiplicityWords[plan.multiplicity],
    ...(straddling ? [straddlingWords[straddling]] : []),
    ...(contamination ? [contaminationWords(contamination)] : []),
    ...(interim ? [interimWords(interim)] : []),
    ...plan.subgroups.map(({ by, words }) => `Subgroup by ${covariateWords[by]}: ${words}`),
    ...plan.negativeControls.map((id) => `What the help cannot have changed, as a check: ${titled(id)}.`),
    ...plan.sensitivity.map(({ words }) => `Done again as a check: ${words}`),
    ...(sizing
      ? [
          `Made large enough to find ${percent(sizing.trialRisk)} against ${percent(sizing.comparisonRisk)} with a chance of ${percent(sizing.power)} (power), when units are alike within councils by ${sizing.icc} (intra-cluster correlation).`,
        ]
      : []),
  ];
}
