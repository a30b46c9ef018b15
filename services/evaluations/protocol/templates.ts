// Ready protocols to begin from. Each passes `waymark protocol check` as it is; councils, dates and words are to be replaced.

const estimand = (words: string, effect: string, summary = 'risk-difference'): string => `estimand:
  words: ${words}
  effect: ${effect}
  summary: ${summary}
  intercurrentEvents:
    - event: the child moves to another council
      handling: while-observed
    - event: the offer is declined
      handling: treatment-policy`;

const outcomes = `outcomes:
  - { use: re-referral, version: 2 }
  - { use: repeat-cp-plan, version: 2 }
  - { use: care-entry, version: 2 }
primary: { outcome: re-referral, horizon: 12 }`;

const analysis = (
  model: string,
  clusters: string,
  covariates = '[age, sex, deprivation-decile]',
): string => `analysis:
  model: ${model}
  covariates: ${covariates}
  clusters: ${clusters}
  alpha: 0.05
  missing: missing-category
  multiplicity: holm
  subgroups:
    - { by: age, words: Children under five against older children }
  negativeControls: []
  sensitivity:
    - { id: complete-cases, words: Without children whose covariates are missing }
  # Replace by what you expect.
  sizing: { comparisonRisk: 0.22, trialRisk: 0.18, power: 0.8, icc: 0.015 }`;

interface Shape {
  id: string;
  title: string;
  question: string;
  estimand: string;
  design: string;
  councils: string;
  arms: string;
  analysis: string;
}

const protocol = (
  shape: Shape,
): string => `# Every child is followed from its first referral in the window. Replace ids, councils, dates and words by yours.
protocolVersion: 2
id: ${shape.id}
title: ${shape.title}
question: ${shape.question}
${shape.estimand}
dataSource: real
design: ${shape.design}
councils: ${shape.councils}
population:
  index: { record: referral, countNoFurtherAction: true }
  from: 2027-04-01
  to: 2028-03-31
  age: { under: 18 }
  exclude: { inCareAtIndex: true }
${shape.arms}
waves: quarter
horizons: [6, 12, 18]
${outcomes}
${shape.analysis}
disclosure: { threshold: 10 }
`;

const four = '[E06000059, E08000031, E09000023, E10000019]';
const goLive = `unit: council
exposure:
  by: go-live
  goLive:
    - { council: E06000059, from: 2027-07-01 }
    - { council: E08000031, from: 2027-10-01 }
    - { council: E09000023, from: 2028-01-01 }`;
const names = 'arms: { trial: Family help, comparison: Usual support }';

export const templates: Readonly<Record<string, string>> = {
  'family-rct': protocol({
    id: 'family-help-trial',
    title: 'Family help, randomised by family',
    question: 'Does offering family help at referral reduce re-referral within 12 months?',
    estimand: estimand(
      'Difference in the risk of re-referral by 12 months, families as allocated',
      'assignment',
    ),
    design: 'randomised',
    councils: four,
    arms: `unit: family
# Drawn by the allocation service from a sealed seed, in blocks of hidden sizes within each council.
allocation:
  method: concealed
  scheme: { kind: permuted-block, strata: [council] }
  ratio: { trial: 1, comparison: 1 }
  eligibility: []
${names}`,
    analysis: analysis('{ method: g-computation, vcov: CR2, df: satterthwaite }', 'unit'),
  }),
  'stepped-wedge': protocol({
    id: 'family-help-stepped-wedge',
    title: 'Family help, councils beginning in turn',
    question: 'Does family help reduce re-referral as councils begin it in an order drawn at random?',
    estimand: estimand(
      'Difference in the risk of re-referral by 12 months between council-periods as assigned',
      'assignment',
    ),
    design: 'randomised',
    councils: four,
    arms: `unit: council
# The service draws which councils begin on which of these days.
allocation:
  method: stepped-wedge
  steps: [2027-07-01, 2027-10-01, 2028-01-01, 2028-02-01]
${names}`,
    analysis: analysis('{ method: linear, vcov: CR2, df: satterthwaite }', 'council', '[age, sex, wave]'),
  }),
  'matched-comparison': protocol({
    id: 'family-help-matched',
    title: 'Family meetings, offered against eligible and not offered',
    question: 'Do children offered a family meeting come back less often than alike children who were not?',
    estimand: estimand(
      'Difference in the risk of re-referral by 12 months among children who were offered a meeting',
      'treated',
    ),
    design: 'quasi-experimental',
    councils: four,
    arms: `unit: family\nexposure: { by: offered, record: family-meeting, withinDays: 30 }\narms: { trial: Meeting offered, comparison: Not offered }`,
    analysis: analysis(
      '{ method: propensity, use: nearest, caliper: 0.2, vcov: CR2 }',
      'unit',
      '[age, sex, ethnicity, deprivation-decile, referral-source, primary-need]',
    ),
  }),
  'staggered-did': protocol({
    id: 'family-help-staggered',
    title: 'Family help, councils going live at different times',
    question: 'Did re-referral fall in councils after they began family help, beyond councils that had not?',
    estimand: estimand(
      'Average difference in the risk of re-referral by 12 months in councils after going live',
      'treated',
    ),
    design: 'quasi-experimental',
    councils: four,
    arms: `# E10000019 never goes live.\n${goLive}\n${names}`,
    analysis: analysis('{ method: did, control: not-yet }', 'council', '[]'),
  }),
};
