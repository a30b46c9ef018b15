// The main choices are read from the document and written back into it: what was not changed stays as it was typed, comments
// too, and whatever was entered is judged by the checker of the document alone.
import { type Document, isCollection, isMap, isSeq, parseDocument } from 'yaml';
import { tooDeepAt } from '../../evaluations/protocol/nesting.ts';
import { builtInOutcomes } from '../../outcomes/definitions.ts';
import { armsBeginning } from './arm-choices.ts';
import { type ChoiceField, choiceGroups, onlyWhere } from './choice-fields.ts';

/** Texts of the form's fields. A day has three: `<name>-day`, `-month`, `-year`. A tick is `yes` or absent. */
export type Values = Readonly<Record<string, string>>;

/** An outcome that can be ticked. */
export interface OutcomeTick {
  id: string;
  title: string;
  ticked: boolean;
  builtIn: boolean;
}

export interface Choices {
  values: Values;
  outcomes: OutcomeTick[];
  /** The way of giving arms: `allocation.method` or `exposure.by`; empty for none. */
  armsBy: string;
}

const plain = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

const parsed = (text: string): Document | null => {
  if (tooDeepAt(text) !== null) return null;
  const document = parseDocument(text, { prettyErrors: false });
  return document.errors.length === 0 && isMap(document.contents) ? document : null;
};

/** The value at a path as plain data; undefined where there is nothing. */
function at(document: Document, path: readonly string[]): unknown {
  // A path through what is no collection leads nowhere.
  const above = path.slice(0, -1);
  if (above.length > 0 && !isMap(document.getIn(above))) return undefined;
  const node = document.getIn(path);
  return isCollection(node) ? node.toJS(document) : node;
}

const many = (value: unknown, separator: string): string =>
  Array.isArray(value) ? value.map(plain).join(separator) : plain(value);

function textsOf(document: Document, { name, path, kind, ...field }: ChoiceField): [string, string][] {
  const value = at(document, path);
  switch (kind) {
    case 'day': {
      const [year = '', month = '', day = ''] = plain(value).split('-');
      return [
        [`${name}-day`, day.replace(/^0/, '')],
        [`${name}-month`, month.replace(/^0/, '')],
        [`${name}-year`, year],
      ];
    }
    case 'tick':
      return value === true ? [[name, 'yes']] : [];
    case 'lines':
      return [[name, many(value, '\n')]];
    case 'number':
      return [[name, 'many' in field ? many(value, ', ') : plain(value)]];
    default:
      return [[name, plain(value)]];
  }
}

interface OutcomeEntry {
  id: string;
  title: string;
}

/** The outcomes of the document, in its order. */
function outcomesIn(document: Document): OutcomeEntry[] {
  const all = at(document, ['outcomes']);
  if (!Array.isArray(all)) return [];
  return all.map((entry: unknown) => {
    const { id, use, title } = (entry ?? {}) as Record<string, unknown>;
    return { id: plain(use ?? id), title: plain(title) };
  });
}

function outcomeTicks(document: Document): OutcomeTick[] {
  const there = outcomesIn(document);
  const own = there.filter(({ id }) => id !== '' && !builtInOutcomes.some((one) => one.id === id));
  return [
    ...builtInOutcomes.map(({ id, title }) => ({
      ...{ id, title, builtIn: true },
      ticked: there.some((one) => one.id === id),
    })),
    ...own.map(({ id, title }) => ({ id, title: title || id, ticked: true, builtIn: false })),
  ];
}

const armsByOf = (document: Document): string =>
  plain(at(document, ['allocation', 'method'])) || plain(at(document, ['exposure', 'by']));

/** Whether a field is asked for where arms are given that way. */
export const isAsked = ({ name }: ChoiceField, armsBy: string): boolean =>
  onlyWhere[name] === undefined || onlyWhere[name] === armsBy;

const askedFields = (armsBy: string): ChoiceField[] =>
  choiceGroups.flatMap(({ fields }) => fields).filter((field) => isAsked(field, armsBy));

function choicesOf(document: Document): Choices {
  const armsBy = armsByOf(document);
  return {
    values: Object.fromEntries(askedFields(armsBy).flatMap((field) => textsOf(document, field))),
    outcomes: outcomeTicks(document),
    armsBy,
  };
}

/** Null where the document cannot be read as YAML or JSON with fields. */
export function choicesIn(text: string): Choices | null {
  const document = parsed(text);
  return document && choicesOf(document);
}

const numberOr = (text: string): number | string => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);

const itemsOf = (text: string, separator: RegExp): string[] =>
  text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** What a field was filled in with, as the document holds it; undefined for nothing. */
function entered(field: ChoiceField, sent: Values): unknown {
  const { name, kind } = field;
  const text = (sent[name] ?? '').trim();
  switch (kind) {
    case 'day': {
      const [day = '', month = '', year = ''] = ['day', 'month', 'year'].map((part) =>
        (sent[`${name}-${part}`] ?? '').trim(),
      );
      return day + month + year === ''
        ? undefined
        : [year, month.padStart(2, '0'), day.padStart(2, '0')].join('-');
    }
    case 'tick':
      return text === 'yes' ? true : undefined;
    case 'lines':
      return itemsOf(text, /[\n,]/);
    case 'number':
      if (text === '') return undefined;
      return 'many' in field ? itemsOf(text, /[\n,]/).map(numberOr) : numberOr(text);
    default:
      return text === '' ? undefined : text.replace(/\s*\n\s*/g, ' ');
  }
}

/** What stands above a value and is no map gives way to one. */
function makeMaps(document: Document, path: readonly string[]): void {
  for (let length = 1; length <= path.length; length += 1) {
    const above = path.slice(0, length);
    if (!isMap(document.getIn(above))) document.setIn(above, document.createNode({}));
  }
}

/** Sets or removes the value at a path; a map that is empty thereby goes too. */
function put(document: Document, path: readonly string[], value: unknown): void {
  const above = path.slice(0, -1);
  if (value !== undefined) {
    makeMaps(document, above);
    document.setIn(path, Array.isArray(value) ? document.createNode(value, { flow: true }) : value);
    return;
  }
  if (above.length > 0 && !isMap(document.getIn(above))) return;
  document.deleteIn(path);
  const left = above.length > 0 ? document.getIn(above) : undefined;
  if (isMap(left) && left.items.length === 0) document.deleteIn(above);
}

const INDEX = ['population', 'index'];

/** Another kind of index record has other settings: it begins with the plain ones. */
const indexOf = (record: string): object =>
  record === 'referral'
    ? { record, countNoFurtherAction: true }
    : record === 'cp-plan'
      ? { record, countHeldForAnotherAuthority: false }
      : { record };

const sameTexts = (before: Values, sent: Values, keys: readonly string[]): boolean =>
  keys.every((key) => (before[key] ?? '').trim() === (sent[key] ?? '').replaceAll('\r\n', '\n').trim());

const keysOf = ({ name, kind }: ChoiceField): string[] =>
  kind === 'day' ? ['day', 'month', 'year'].map((part) => `${name}-${part}`) : [name];

function putOutcomes(document: Document, before: readonly OutcomeTick[], sent: Values): void {
  const wanted = (id: string): boolean => sent[`outcome-${id}`] === 'yes';
  if (before.every(({ id, ticked }) => wanted(id) === ticked)) return;
  if (!isSeq(document.get('outcomes'))) document.set('outcomes', document.createNode([]));
  const there = outcomesIn(document);
  for (const [place, { id }] of [...there.entries()].reverse())
    if (before.some((one) => one.id === id) && !wanted(id)) document.deleteIn(['outcomes', place]);
  for (const { id, ticked, builtIn } of before)
    if (builtIn && !ticked && wanted(id)) {
      const version = builtInOutcomes.find((one) => one.id === id)?.version;
      document.addIn(['outcomes'], document.createNode({ use: id, version }, { flow: true }));
    }
}

function putArms(document: Document, before: string, way: string): boolean {
  const beginning = way === before ? null : armsBeginning(way);
  if (!beginning) return false;
  for (const key of ['allocation', 'exposure'] as const) {
    const value = beginning[key];
    if (value) document.set(key, document.createNode(value));
    else document.delete(key);
  }
  return true;
}

/**
 * The document with what was entered in the form in its place.
 * @returns null where the document cannot be read
 */
export function withChoices(text: string, sent: Values): string | null {
  const document = parsed(text);
  if (!document) return null;
  const before = choicesOf(document);
  const otherArms = putArms(document, before.armsBy, sent['arms-by'] ?? before.armsBy);
  for (const field of askedFields(before.armsBy)) {
    const gone = otherArms && onlyWhere[field.name] !== undefined;
    // A choice that was not made leaves what stands there, which may be none of those offered.
    const open = (field.kind === 'choice' || field.kind === 'outcome') && sent[field.name] === undefined;
    if (gone || open || sameTexts(before.values, sent, keysOf(field))) continue;
    const value = entered(field, sent);
    if (field.name === 'record' && typeof value === 'string')
      put(document, INDEX, document.createNode(indexOf(value), { flow: true }));
    else put(document, field.path, value);
  }
  putOutcomes(document, before.outcomes, sent);
  return document.toString({ lineWidth: 0 });
}

/** The form's field that a fault of the document is of: the one whose place holds the fault's; null where none does. */
export function fieldOfFault(fault: string, armsBy: string): string | null {
  const places: [path: string, name: string][] = [
    ...askedFields(armsBy).map(({ path, name }): [string, string] => [path.join('.'), name]),
    ['outcomes', 'outcomes'],
    ['allocation', 'arms-by'],
    ['exposure', 'arms-by'],
  ];
  const holding = places
    .filter(([path]) => fault === path || fault.startsWith(`${path}.`))
    .sort(([a], [b]) => b.length - a.length);
  return holding[0]?.[1] ?? null;
}
