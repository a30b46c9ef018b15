// Puts a value into every field of a return, one at a time; the fields are counted in the file itself, so a field that a
// sample has cannot be left out.
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'csv-parse/sync';
import { samples } from './support.ts';

/** A return of one or more files, as text by file name. */
export type Return = Readonly<Record<string, string>>;

/** The same return with a value in one place. */
export interface Planted {
  /** The element, column or property, for a person to find it. */
  field: string;
  files: Return;
}

export interface Format {
  name: string;
  files: Return;
  plant: (files: Return, value: string) => Generator<Planted>;
}

const read = (path: string): Return => ({ [basename(path)]: readFileSync(`${samples}${path}`, 'utf8') });

const tables = (folder: string): Return =>
  Object.assign({}, ...readdirSync(`${samples}${folder}`).map((name) => read(`${folder}/${name}`)));

const escaped = (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Every element that holds text or nothing; and once for each name the places beside it: attributes, comments, CDATA. */
function* plantXml(files: Return, value: string): Generator<Planted> {
  const met = new Set<string>();
  for (const [file, text] of Object.entries(files)) {
    const put = (from: number, to: number, put: string): Return => ({
      ...files,
      [file]: text.slice(0, from) + put + text.slice(to),
    });
    for (const found of text.matchAll(/<([A-Za-z0-9_]+)>([^<>]*)<\/\1>|<([A-Za-z0-9_]+)\/>/g)) {
      const [all, name = found[3]!, inside = ''] = found;
      const end = found.index + all.length;
      const written = `<${name}>${escaped(value)}</${name}>`;
      yield { field: name, files: put(found.index, end, written) };
      if (inside.trim() !== '' && !met.has(name)) {
        met.add(name);
        const attribute = `<${name} note="${escaped(value)}">${inside}</${name}>`;
        yield { field: `${name}, attribute`, files: put(found.index, end, attribute) };
        const beside = `<!-- ${value} --><?note ${value}?>${all}<Note>${escaped(value)}</Note>`;
        yield { field: `${name}, beside`, files: put(found.index, end, beside) };
        const cdata = `<${name}>${inside}<![CDATA[${value}]]></${name}>`;
        yield { field: `${name}, CDATA`, files: put(found.index, end, cdata) };
      }
    }
  }
}

const cell = (value: string) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

const cellsOf = (row: string): string[] => parse(row)[0] as string[];

/** Every cell of every table's first row, every column's name, and a cell too many. */
function* plantCsv(files: Return, value: string): Generator<Planted> {
  for (const [file, text] of Object.entries(files)) {
    const [heading = '', ...rows] = text.split(/\r?\n/);
    const columns = heading.split(',');
    const put = (row: number, line: string): Return => ({
      ...files,
      [file]: [heading, ...rows.map((one, at) => (at === row ? line : one))].join('\n'),
    });
    const cells = cellsOf(rows[0]!);
    for (const [at, column] of columns.entries()) {
      const field = `${file} ${column}`;
      yield { field, files: put(0, cells.map(cell).with(at, cell(value)).join(',')) };
      const unclosed = cells.map(cell).with(at, `"${value}`).join(',');
      yield { field: `${field}, unclosed`, files: put(0, unclosed) };
    }
    yield { field: `${file}, one cell more`, files: put(0, `${rows[0]},${cell(value)}`) };
    for (const [at, column] of columns.entries()) {
      const renamed = columns.with(at, cell(value)).join(',');
      yield {
        field: `${file} ${column}, its name`,
        files: { ...files, [file]: [renamed, ...rows].join('\n') },
      };
    }
  }
}

/** Tables of the dataset that explain each other; every other table stands alone. */
const JOINED = [
  ['ssd_person', 'ssd_family', 'ssd_disability', 'ssd_immigration_status'],
  ['ssd_cin_assessments', 'ssd_assessment_factors'],
  ['ssd_s47_enquiry', 'ssd_initial_cp_conference'],
  ['ssd_cp_plans', 'ssd_cp_reviews'],
  ['ssd_cla_episodes', 'ssd_legal_status', 'ssd_cla_placement'],
].map((names) => names.map((name) => `${name}.csv`));

/** Table by table, each with those that it is joined to and no others. */
function* plantDataset(files: Return, value: string): Generator<Planted> {
  const alone = Object.keys(files).filter((name) => !JOINED.flat().includes(name));
  for (const names of [...JOINED, ...alone.map((name) => [name])]) {
    yield* plantCsv(Object.fromEntries(names.map((name) => [name, files[name]!])), value);
  }
}

type Json = null | string | number | boolean | Json[] | { [name: string]: Json };

/** The paths of everything in a document, objects and lists themselves included. */
function* paths(value: Json, path: (string | number)[] = []): Generator<(string | number)[]> {
  if (path.length > 0) yield path;
  if (value === null || typeof value !== 'object') return;
  for (const name of Object.keys(value))
    yield* paths((value as Record<string, Json>)[name]!, [
      ...path,
      Array.isArray(value) ? Number(name) : name,
    ]);
}

/** A copy with what stands at a path replaced, or with a further property beside it. */
function changed(value: Json, path: (string | number)[], change: (parent: never, name: never) => void): Json {
  const copy = structuredClone(value);
  let parent: Json = copy;
  for (const name of path.slice(0, -1)) parent = (parent as Record<string, Json>)[name]!;
  change(parent as never, path.at(-1) as never);
  return copy;
}

function* plantJson(files: Return, value: string): Generator<Planted> {
  for (const [file, text] of Object.entries(files)) {
    const document = JSON.parse(text) as Json;
    const write = (changedDocument: Json): Return => ({ ...files, [file]: JSON.stringify(changedDocument) });
    for (const path of paths(document)) {
      const field = path.join('.');
      const replaced = changed(document, path, (parent: Record<string, Json>, name: string) => {
        parent[name] = value;
      });
      yield { field, files: write(replaced) };
      if (typeof path.at(-1) === 'number') continue;
      const further = changed(document, path, (parent: Record<string, Json>) => {
        parent[value] = value;
        parent.note = { text: [value] };
      });
      yield { field: `${field}, beside`, files: write(further) };
      const listed = changed(document, path, (parent: Record<string, Json>, name: string) => {
        parent[name] = [value, { [name]: value }];
      });
      yield { field: `${field}, listed`, files: write(listed) };
    }
  }
}

/** Of the children of an SSDA903 those that have an element no child before them has. */
function someChildren(files: Return): Return {
  const seen = new Set<string>();
  const keep = (child: string) => {
    const names = [...child.matchAll(/<([A-Z0-9_]+)/g)].map((found) => found[1]!);
    const fresh = names.some((name) => !seen.has(name));
    for (const name of names) seen.add(name);
    return fresh;
  };
  return Object.fromEntries(
    Object.entries(files).map(([file, text]) => [
      file,
      text.replaceAll(/<CHILD>.*?<\/CHILD>/gs, (child) => (keep(child) ? child : '')),
    ]),
  );
}

export const formats: Format[] = [
  ...['CIN_Census_2021.xml', 'CIN_Census_2024.xml', 'CIN_Census_2026.xml'].map((name) => ({
    name,
    files: read(`cin-census/${name}`),
    plant: plantXml,
  })),
  { name: 'SSDA903 in XML', files: someChildren(read('ssda903/fake_903.xml')), plant: plantXml },
  { name: 'SSDA903 in CSV', files: tables('council/ssda903'), plant: plantCsv },
  { name: 'daily feed', files: read('council/daily-full.json'), plant: plantJson },
  { name: 'Safeguarding Dataset', files: tables('council/dataset'), plant: plantDataset },
];
