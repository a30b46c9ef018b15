// Reporting checklists, filled where the system knows the answer. Items are in our words, numbered as published: CONSORT
// 2025 (Hopewell and others, PLOS Med 22:e1004587) with CONSORT-ROUTINE (Kwakkenbos and others, BMJ 2021;373:n857); TREND
// (Des Jarlais and others, AJPH 2004;94:361) with RECORD (Benchimol and others, PLOS Med 2015;12:e1001885).
import { counted, day, list, months } from '../../page/words.ts';
import { armsBy, indexRecord, methodName, units } from './say.ts';
import type { ShownRecord } from './shown.ts';

export interface ChecklistItem {
  number: string;
  asks: string;
  /** Null: for the authors. */
  answer: string | null;
}

export interface Checklist {
  title: string;
  items: ChecklistItem[];
}

type Answers = Record<
  | 'population'
  | 'setting'
  | 'outcomes'
  | 'codes'
  | 'methods'
  | 'missing'
  | 'multiplicity'
  | 'subgroups'
  | 'flow'
  | 'dates'
  | 'allocation'
  | 'units'
  | 'objective'
  | 'linkage'
  | 'access'
  | 'sizing'
  | 'interim',
  string
>;

function answersOf({ study, definitions, protocolHash, codeVersion, asOf, title }: ShownRecord): Answers {
  const { population, plan } = study;
  const { age } = population;
  const ages = age
    ? ` Aged ${[age.from !== undefined && `${age.from} or over`, age.under !== undefined && `under ${age.under}`].filter(Boolean).join(' and ')} on that day.`
    : '';
  const left =
    Object.keys(population.exclude ?? {}).length > 0 ? ' Exclusions: see the flow of participants.' : '';
  return {
    objective: study.question,
    setting: `${counted(study.councils.length, 'council')} of England: ${study.councils.join(', ')}.`,
    population: `Children with a ${indexRecord[population.index.record] ?? 'record'} from ${day(population.from)} to ${day(population.to)}.${ages}${left}`,
    dates: `Index days from ${day(population.from)} to ${day(population.to)}; followed for ${list(study.horizons.map(months))}; records ${asOf === null ? 'as they stood when the analysis was made' : `recorded by ${day(asOf)}`}.`,
    outcomes: `${definitions.map((one) => one.title).join('; ')}: see Definitions. Primary: ${definitions.find(({ id }) => id === study.primary.outcome)?.title ?? ''} at ${months(study.primary.horizon)}.`,
    codes: `Every definition is data with a hash, printed under How this was made; codes are those of the CIN census and SSDA903.`,
    allocation: `Arms ${armsBy[study.armsBy] ?? study.armsBy}. Unit of allocation: ${study.unit}.`,
    units: `Standard errors cluster on ${plan.clusters === 'council' ? 'councils' : units(study.unit)}.`,
    methods: `${methodName(plan.model.method)}${plan.covariates.length > 0 ? `, adjusted for ${list(plan.covariates)}` : ''}; two-sided alpha ${plan.alpha}.`,
    missing:
      plan.missing === 'complete-case'
        ? 'Children with an unknown covariate are left out of the adjusted analysis and counted.'
        : 'An unknown covariate is a category of its own.',
    multiplicity:
      plan.multiplicity === 'none'
        ? 'No adjustment for the number of secondary tests.'
        : `Secondary tests adjusted together (${plan.multiplicity}).`,
    subgroups:
      plan.subgroups.length === 0
        ? 'None were planned.'
        : `Planned: ${list(plan.subgroups.map(({ by }) => by))}, one test of interaction each.`,
    flow: 'See Who took part.',
    linkage:
      'Children are linked within a council by the council’s own pseudonym; no linkage between councils or to other databases is made by the analysis.',
    access: `Protocol ${protocolHash.slice(0, 16)}, code ${codeVersion}: “${title}” can be made again from them with waymark analyse --verify.`,
    sizing: plan.sizing
      ? `Sized for ${100 * plan.sizing.comparisonRisk}% against ${100 * plan.sizing.trialRisk}%, power ${plan.sizing.power}, ICC ${plan.sizing.icc}.`
      : '',
    interim: plan.interim
      ? `Looks at ${plan.interim.information.join(', ')} of the information (${plan.interim.spending}); the boundaries and where this look stands are under Looks before the end.`
      : 'No interim looks are in the protocol.',
  };
}

const item = (number: string, asks: string, answer: string | null = null): ChecklistItem => ({
  number,
  asks,
  answer: answer === '' ? null : answer,
});

function consort(a: Answers, record: ShownRecord): Checklist {
  return {
    title: 'CONSORT 2025 with CONSORT-ROUTINE',
    items: [
      item('1a', 'Says that it is a randomised trial', record.title),
      item(
        '1b',
        'Structured summary; says that routinely collected data were used, and which',
        'See Summary. Records that councils keep for the CIN census and SSDA903 returns.',
      ),
      item('2', 'Trial registry and number'),
      item('3', 'Where protocol and analysis plan can be read', a.access),
      item(
        '4',
        'Where data, dictionary and code can be had',
        'The code version is printed; data stay with whoever holds the councils’ keys.',
      ),
      item('5a, 5b', 'Funding and conflicts of interest'),
      item('6', 'Background'),
      item('7', 'Objectives', a.objective),
      item('8', 'How children and families were involved'),
      item(
        '9',
        'Design, ratio, framework; how routine data were used',
        `${a.allocation} Routine records give eligibility and outcomes.`,
      ),
      item('10', 'Changes after the start'),
      item('ROUTINE-1', 'Name, setting, places and dates of the databases', `${a.setting} ${a.dates}`),
      item('ROUTINE-2', 'Who is in the databases', 'Children known to a council’s children’s social care.'),
      item('ROUTINE-3', 'Linkage, its methods and quality', a.linkage),
      item('11', 'Settings and places', a.setting),
      item('12a', 'Eligibility of participants, with codes', `${a.population} ${a.codes}`),
      item('12b', 'Eligibility of sites and of those who deliver'),
      item(
        '13',
        'Intervention and comparison',
        `${record.study.arms.trial}; ${record.study.arms.comparison}. What was delivered is for the authors.`,
      ),
      item('14', 'Outcomes, with codes and when they are read', `${a.outcomes} ${a.codes}`),
      item('15', 'How harms were defined and looked for'),
      item('16a', 'Sample size', a.sizing),
      item('16b', 'Interim analyses and stopping', a.interim),
      item('17a, 17b', 'How the sequence was made, and of what kind', a.allocation),
      item(
        '18, 19',
        'Concealment and who did what',
        record.study.armsBy === 'concealed' ? a.allocation : null,
      ),
      item(
        '20a, 20b',
        'Who was blinded and how',
        'Outcomes are read from records by rule; effects are withheld until every check holds or a named person says why.',
      ),
      item('21a', 'Statistical methods, clusters included', `${a.methods} ${a.units} ${a.multiplicity}`),
      item(
        '21b',
        'Who is in each analysis',
        'Everybody as allocated whose outcome is known; see the tables.',
      ),
      item('21c', 'Missing data', a.missing),
      item('21d', 'Further analyses', a.subgroups),
      item('22a, 22b', 'Flow of participants, losses and exclusions, by unit and cluster', a.flow),
      item('23a', 'Dates of recruitment and follow-up', a.dates),
      item('23b', 'Why the trial ended'),
      item('24a, 24b', 'What was delivered, and care beside it'),
      item('25', 'Baseline table', 'See How alike the groups were.'),
      item('26', 'Numbers analysed, results with intervals', 'See Results.'),
      item('27', 'Harms'),
      item('28', 'Other analyses', 'See Subgroups.'),
      item('29, 30', 'Interpretation and limits'),
    ],
  };
}

function trend(a: Answers, record: ShownRecord): Checklist {
  return {
    title: 'TREND with RECORD',
    items: [
      item('1', 'Title and summary; the design', record.title),
      item(
        'RECORD 1.1 to 1.3',
        'Kind and name of the data, place and time, linkage',
        `CIN census and SSDA903 records. ${a.setting} ${a.linkage}`,
      ),
      item('2', 'Background and theory'),
      item('3', 'Participants: eligibility, recruitment, setting', `${a.population} ${a.setting}`),
      item('RECORD 6.1', 'How the population was selected, with codes', `${a.population} ${a.codes}`),
      item('RECORD 6.2', 'Studies that validated the codes'),
      item('RECORD 6.3', 'Diagram of linkage', a.linkage),
      item(
        '4',
        'Interventions',
        `${record.study.arms.trial}; ${record.study.arms.comparison}. What was delivered is for the authors.`,
      ),
      item('5', 'Objectives', a.objective),
      item('6', 'Outcomes', a.outcomes),
      item('RECORD 7.1', 'Codes of exposures, outcomes and confounders', a.codes),
      item('7', 'Sample size', a.sizing),
      item('8', 'How units came into groups', a.allocation),
      item(
        '9',
        'Blinding',
        'Outcomes are read from records by rule; effects are withheld until every check holds or a named person says why.',
      ),
      item('10', 'Unit of analysis', a.units),
      item('11', 'Statistical methods', `${a.methods} ${a.multiplicity} ${a.missing}`),
      item(
        'RECORD 12.1 to 12.3',
        'Access to the data, cleaning, linkage',
        'Lines that could not be understood are quarantined and counted; linkage as above. Access is for the authors.',
      ),
      item('12, RECORD 13.1', 'Flow of participants, selection included', a.flow),
      item('13', 'Dates of recruitment and follow-up', a.dates),
      item('14, 15', 'Baseline and how equal groups were', 'See How alike the groups were.'),
      item('16', 'Numbers analysed', 'See Results.'),
      item('17', 'Results with intervals', 'See Results.'),
      item('18', 'Further analyses', a.subgroups),
      item('19', 'Harms'),
      item('20, RECORD 19.1', 'Interpretation; limits of data made for another use'),
      item('21, 22', 'Generalisability and other evidence'),
      item('RECORD 22.1', 'Where protocol, data and code can be had', a.access),
    ],
  };
}

export const checklistOf = (record: ShownRecord): Checklist =>
  record.study.design === 'randomised'
    ? consort(answersOf(record), record)
    : trend(answersOf(record), record);
