// The cases of the spec tables. A table that cannot be read, or an outcome it cannot mean, is an error that names the line.
import { readdirSync, readFileSync } from 'node:fs';
import type { FeedMessage } from '../../schemas/message.ts';
import {
  CensorReason,
  OutcomeDefinition,
  type OutcomeStateName,
  type ParticipantOutcome,
} from '../../schemas/outcome.ts';
import type { IndexRecord } from '../../schemas/protocol/population.ts';
import type { Protocol } from '../../schemas/protocol.ts';
import { Known } from '../../services/evaluations/evaluate/known.ts';
import { builtInOutcomes } from '../../services/outcomes/definitions.ts';
import type { Person } from '../../services/outcomes/persons.ts';
import { childNamed, messagesOf, recordNamed, type Writer } from './notation.ts';

export interface SpecCase {
  file: string;
  line: number;
  section: string;
  name: string;
  definition: OutcomeDefinition;
  population: Protocol['population'];
  records: string;
  /** Null: the child is not in the study. */
  index: { day: string; recordId?: string } | null;
  horizons: number[];
  expected: ParticipantOutcome[];
  /** By horizon; empty where the table does not say. */
  known: ('matured' | 'pending')[];
}

interface Setting {
  outcome: string;
  choices: string;
  window: string;
  index: string;
}

const folder = new URL('./', import.meta.url);

export const specFiles = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'notation.md')
    .sort();

export const specText = (file: string): string => readFileSync(new URL(file, folder), 'utf8');

function definitionOf({ outcome, choices }: Setting): OutcomeDefinition {
  const builtIn = builtInOutcomes.find((one) => one.id === outcome);
  if (!builtIn) throw new Error(`there is no outcome "${outcome}"`);
  const changed = structuredClone(builtIn) as unknown as Record<string, unknown>;
  for (const choice of choices.split(';').filter((part) => part.trim() !== '')) {
    const [path = '', value = ''] = choice.split('=').map((part) => part.trim().replaceAll('`', ''));
    const names = path.split('.');
    const last = names.pop() ?? '';
    const parent = names.reduce((at, name) => at[name] as Record<string, unknown>, changed);
    parent[last] = /^(true|false|\d+|\{.*\}|\[.*\])$/.test(value) ? JSON.parse(value) : value;
  }
  return OutcomeDefinition.parse(changed);
}

const indexes: Record<string, IndexRecord> = {
  '': { record: 'referral', countNoFurtherAction: true },
  'referrals that led to further action': { record: 'referral', countNoFurtherAction: false },
  'child protection plans': { record: 'cp-plan', countHeldForAnotherAuthority: false },
  assessments: { record: 'assessment' },
  'section 47 enquiries': { record: 'section-47' },
  'periods of care': { record: 'care-period' },
};

function populationOf({ window, index: words }: Setting): Protocol['population'] {
  const [from = '', to = ''] = window.split(' to ');
  const index = indexes[words];
  if (!index) throw new Error(`"${words}" are no index`);
  return { index, from, to };
}

const states: Record<string, OutcomeStateName> = {
  event: 'event',
  'no event': 'no-event',
  censored: 'censored',
  'not at risk': 'not-at-risk',
};

function outcomeAt(text: string, outcome: string, horizon: number): ParticipantOutcome {
  const [, words = '', date, reason, days] =
    /^([a-z ]+?)(?: (\d{4}-\d{2}-\d{2}))?(?: ([a-z][a-z0-9-]+))?(?:, (\d+) days?)?$/.exec(text) ?? [];
  const plain = states[`${words}${reason && !date ? ` ${reason}` : ''}`] ?? states[words];
  if (!plain) throw new Error(`"${text}" is not a state`);
  const censorReason = plain === 'censored' ? CensorReason.parse(reason) : null;
  if ((plain === 'event' || plain === 'censored') !== (date !== undefined))
    throw new Error(`"${text}" lacks its day`);
  const value = days === undefined ? null : Number(days);
  return { outcome, horizon, state: plain, date: date ?? null, censorReason, value };
}

/** Unique among all cases. */
export const titleOf = ({ file, section, name }: SpecCase): string => `${file}: ${section}: ${name}`;

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));

const parts = (cell: string): string[] => cell.split(' / ').map((part) => part.trim());

function caseOf(
  cells: Record<string, string>,
  setting: Setting,
  at: Pick<SpecCase, 'file' | 'line' | 'section'>,
): SpecCase {
  const { case: name = '', records = '', index = '', months = '', expected = '', known } = cells;
  const definition = definitionOf(setting);
  const horizons = parts(months).map(Number);
  const [day = '', letter] = index.split(' ');
  const inStudy = index !== 'none';
  const answers = parts(expected);
  if (inStudy ? answers.length !== horizons.length : expected !== 'not in the study')
    throw new Error(`${answers.length} expected states for ${horizons.length} horizons`);
  return {
    ...at,
    name,
    definition,
    population: populationOf(setting),
    records,
    index: inStudy ? { day, ...(letter && { recordId: recordNamed(letter) }) } : null,
    horizons,
    expected: inStudy
      ? horizons.map((horizon, h) => outcomeAt(answers[h] ?? '', definition.id, horizon))
      : [],
    known: known ? (parts(known) as SpecCase['known']) : [],
  };
}

/** The cases of one file, in order. */
export function casesOf(file: string): SpecCase[] {
  const cases: SpecCase[] = [];
  let ofFile: Setting = { outcome: '', choices: '', window: '2020-01-01 to 2027-12-31', index: '' };
  let setting = ofFile;
  let section = '';
  let columns: string[] | null = null;
  for (const [at, line] of specText(file).split('\n').entries()) {
    const [, word, value] = /^(Outcome|Choices|Window|Index): (.+?)\.?$/.exec(line) ?? [];
    if (word && value) {
      setting = { ...setting, [word.toLowerCase()]: value.replaceAll('`', '') };
      if (section === '') ofFile = setting;
    }
    if (line.startsWith('## ')) {
      section = line.slice(3);
      setting = ofFile;
    }
    if (!line.startsWith('|')) columns = null;
    else if (columns === null) columns = cellsOf(line);
    else if (!/^\|[-| ]+\|$/.test(line)) {
      const cells = cellsOf(line);
      const row = Object.fromEntries(columns.map((column, c) => [column, cells[c] ?? '']));
      try {
        cases.push(caseOf(row, setting, { file, line: at + 1, section }));
      } catch (error) {
        throw new Error(`test/spec/${file}, line ${at + 1}: ${(error as Error).message}`);
      }
    }
  }
  const repeated = cases.find((one, at) => cases.findIndex((other) => titleOf(other) === titleOf(one)) < at);
  if (repeated) throw new Error(`test/spec/${file}, line ${repeated.line}: the name stands twice`);
  return cases;
}

export const allCases = (): SpecCase[] => specFiles().flatMap(casesOf);

/** The case's child in a council of its own, so that gaps and completeness are its own too. */
export function writerOf(one: SpecCase, position: number): Writer {
  return { council: `E06${String(position).padStart(6, '0')}`, child: childNamed(titleOf(one)) };
}

export const messagesOfCase = (one: SpecCase, writer: Writer) => messagesOf(one.records, writer);

/** The writer's child, under all its pseudonyms. */
export function personOf({ council, child }: Writer, messages: readonly FeedMessage[]): Person {
  const known = new Known([council]);
  for (const message of messages) known.take(JSON.stringify(message));
  const person = known.children().find(({ pseudonyms }) => pseudonyms.includes(child));
  if (!person) throw new Error('nothing is said about the child');
  return person;
}
