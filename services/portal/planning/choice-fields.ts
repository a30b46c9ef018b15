// The main choices of a protocol as fields of a form: where each stands in the document, and how it is asked for.
import type { Choice } from '../../page/forms.ts';

interface Common {
  /** Of the form's field. */
  name: string;
  /** Where it stands in the document. */
  path: readonly string[];
  label: string;
  hint?: string;
}

export type ChoiceField = Common &
  (
    | { kind: 'text' | 'words' | 'day' }
    /** `many`: separated by commas. */
    | { kind: 'number'; many?: true }
    /** One a line. */
    | { kind: 'lines' }
    | { kind: 'choice'; choices: readonly Choice[] }
    | { kind: 'tick' }
    /** One of the outcomes of the document. */
    | { kind: 'outcome' }
  );

export interface ChoiceGroup {
  title: string;
  fields: readonly ChoiceField[];
}

const named = (...values: [value: string, text: string][]): Choice[] =>
  values.map(([value, text]) => ({ value, text }));

const question: ChoiceGroup = {
  title: 'The question',
  fields: [
    { name: 'title', path: ['title'], label: 'Title', kind: 'text' },
    {
      ...{ name: 'id', path: ['id'], label: 'Id', kind: 'text' },
      hint: 'Lower-case words joined by dashes. It is the evaluation’s address, and cannot be changed later.',
    },
    { name: 'question', path: ['question'], label: 'What is asked', kind: 'words' },
    {
      ...{ name: 'dataSource', path: ['dataSource'], label: 'The data are', kind: 'choice' },
      choices: named(['real', 'Real records'], ['simulated', 'Simulated'], ['sample', 'Samples']),
    },
    {
      ...{ name: 'design', path: ['design'], label: 'Design', kind: 'choice' },
      choices: named(['randomised', 'Randomised'], ['quasi-experimental', 'Quasi-experimental']),
    },
  ],
};

const exclude = (what: string): readonly string[] => ['population', 'exclude', what];

const population: ChoiceGroup = {
  title: 'Who is followed',
  fields: [
    {
      ...{ name: 'councils', path: ['councils'], label: 'Councils', kind: 'lines' },
      hint: 'ONS codes, one a line, such as E09000023',
    },
    {
      ...{
        name: 'record',
        path: ['population', 'index', 'record'],
        label: 'A child is followed from',
        kind: 'choice',
      },
      choices: named(
        ['referral', 'Its first referral in the window'],
        ['assessment', 'The start of its first assessment'],
        ['section-47', 'The start of its first section 47 enquiry'],
        ['cp-plan', 'The start of its first child protection plan'],
        ['care-period', 'The start of its first period of care'],
      ),
    },
    { name: 'from', path: ['population', 'from'], label: 'First index day', kind: 'day' },
    { name: 'to', path: ['population', 'to'], label: 'Last index day', kind: 'day' },
    {
      ...{ name: 'age-from', path: ['population', 'age', 'from'], label: 'Youngest age', kind: 'number' },
      hint: 'In whole years on the index day. Leave it empty for no limit.',
    },
    {
      ...{
        name: 'age-under',
        path: ['population', 'age', 'under'],
        label: 'Under the age of',
        kind: 'number',
      },
      hint: 'In whole years on the index day. Leave it empty for no limit.',
    },
    {
      name: 'in-care',
      path: exclude('inCareAtIndex'),
      label: 'Leave out children in care on the index day',
      kind: 'tick',
    },
    {
      ...{ name: 'on-plan', path: exclude('onCpPlanAtIndex'), kind: 'tick' },
      label: 'Leave out children on a child protection plan on the index day',
    },
    {
      ...{ name: 'earlier', path: exclude('earlierWithinMonths'), kind: 'number' },
      label: 'Leave out children with an earlier record of the kind within so many months',
      hint: 'Leave it empty to leave nobody out for that.',
    },
  ],
};

const arms: ChoiceGroup = {
  title: 'Arms',
  fields: [
    {
      ...{ name: 'unit', path: ['unit'], label: 'What is put into an arm', kind: 'choice' },
      choices: named(
        ['child', 'Each child'],
        ['family', 'Each family: siblings share the arm'],
        ['team', 'Each team of a council'],
        ['council', 'Each council'],
      ),
    },
    { name: 'trial', path: ['arms', 'trial'], label: 'Name of the trial arm', kind: 'text' },
    { name: 'comparison', path: ['arms', 'comparison'], label: 'Name of the comparison arm', kind: 'text' },
    {
      ...{ name: 'seed', path: ['allocation', 'seed'], label: 'Seed of the draw', kind: 'text' },
      hint: 'It is no secret: whoever has it and a unit’s pseudonym can work out the arm. For arms that nobody can foretell, let the allocation service draw them.',
    },
    {
      ...{
        name: 'trial-share',
        path: ['allocation', 'trialShare'],
        label: 'Share in the trial arm',
        kind: 'number',
      },
      hint: 'Between 0 and 1, such as 0.5',
    },
    {
      ...{
        name: 'trial-councils',
        path: ['allocation', 'trial'],
        label: 'Councils in the trial arm',
        kind: 'lines',
      },
      hint: 'ONS codes, one a line',
    },
    {
      ...{ name: 'comparison-councils', path: ['allocation', 'comparison'], kind: 'lines' },
      label: 'Councils in the comparison arm',
      hint: 'ONS codes, one a line',
    },
    {
      ...{
        name: 'steps',
        path: ['allocation', 'steps'],
        label: 'Days on which councils begin',
        kind: 'lines',
      },
      hint: 'One a line in rising order, such as 2027-10-01',
    },
    {
      ...{
        name: 'offer',
        path: ['exposure', 'record'],
        label: 'A child is in the trial arm when offered',
        kind: 'choice',
      },
      choices: named(['family-meeting', 'A family meeting'], ['early-help', 'Early help']),
    },
    {
      ...{ name: 'within', path: ['exposure', 'withinDays'], kind: 'number' },
      label: 'Within so many days of the index day',
    },
  ],
};

const following: ChoiceGroup = {
  title: 'What is counted',
  fields: [
    {
      ...{ name: 'waves', path: ['waves'], label: 'Children are followed together by the', kind: 'choice' },
      choices: named(['month', 'Month of their index day'], ['quarter', 'Quarter'], ['year', 'Year']),
    },
    {
      ...{ name: 'horizons', path: ['horizons'], label: 'Horizons, in months', kind: 'number', many: true },
      hint: 'Separated by commas, such as 6, 12, 18',
    },
    { name: 'primary', path: ['primary', 'outcome'], label: 'Main outcome', kind: 'outcome' },
    {
      ...{ name: 'primary-horizon', path: ['primary', 'horizon'], kind: 'number' },
      label: 'Horizon of the main outcome, in months',
    },
    {
      ...{
        name: 'threshold',
        path: ['disclosure', 'threshold'],
        label: 'Smallest count that is shown',
        kind: 'number',
      },
      hint: 'Counts from 1 to one less than this are hidden.',
    },
  ],
};

export const choiceGroups: readonly ChoiceGroup[] = [question, population, arms, following];

/** Fields that only a certain way of giving arms has: shown where the document has it. */
export const onlyWhere: Readonly<Record<string, string>> = {
  seed: 'seeded',
  'trial-share': 'seeded',
  'trial-councils': 'by-council',
  'comparison-councils': 'by-council',
  steps: 'stepped-wedge',
  offer: 'offered',
  within: 'offered',
};
