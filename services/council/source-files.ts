// Finds out what each file is by its content, never its name, and which files make one return together.
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../platform/errors.ts';
import { type Progress, silent } from '../platform/progress.ts';
import { readColumns, type TableSource } from './csv-rows.ts';
import { bytesOf, cannotRead } from './file-bytes.ts';
import { REFUSED_MARK } from './quarantine.ts';
import { REFUSED_KEY } from './refused-json.ts';
import { REFUSED_COLUMNS } from './refused-rows.ts';
import { datasetTableOf } from './safeguarding-dataset.ts';
import { decodedText, headText, utf8Bytes } from './source-text.ts';
import { tableOf } from './ssda903-tables.ts';

export type SourceFormat =
  | 'cin-census'
  | 'ssda903-xml'
  | 'ssda903-table'
  | 'daily-feed'
  | 'dataset-table'
  | 'messages';

export interface SourceFile {
  path: string;
  /** The name without its folders: what errors and reports show. */
  file: string;
  bytes: number;
  format: SourceFormat;
  /** It holds refused records of a return, to be converted once mended: a part, never the whole. */
  refusedOnly: boolean;
}

const HEAD = 16_384;

const unknownFormat = (file: string) =>
  new UserError(
    'unknown-format',
    'The file is not a return that can be read: give a CIN census (XML), an SSDA903 (XML, or CSV tables with their headings), a daily feed (JSON), tables of the Standard Safeguarding Dataset (CSV) or converted messages (NDJSON).',
    { file, line: 1 },
  );

async function headOf(path: string): Promise<{ head: Uint8Array; bytes: number }> {
  try {
    const handle = await open(path, 'r');
    try {
      const head = Buffer.alloc(HEAD);
      const { bytesRead } = await handle.read(head, 0, HEAD, 0);
      return { head: head.subarray(0, bytesRead), bytes: (await stat(path)).size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw cannotRead(path, error);
  }
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** @throws UserError `cannot-read`, `unknown-encoding` or `unknown-format` */
export async function identify(path: string): Promise<SourceFile> {
  const file = basename(path);
  const { head, bytes } = await headOf(path);
  const text = headText(head, file).trimStart();
  const found = (format: SourceFormat, refusedOnly = false): SourceFile => ({
    path,
    file,
    bytes,
    format,
    refusedOnly,
  });
  if (text === '')
    throw new UserError('empty-file', 'The file is empty: export it again.', { file, line: 1 });
  if (text.startsWith('<')) {
    const root = /<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)/.exec(text.replaceAll(/<!--[\s\S]*?-->/g, ''));
    const refusedOnly = text.includes(`<!-- ${REFUSED_MARK} -->`);
    if (root?.[1] === 'Message') return found('cin-census', refusedOnly);
    if (root?.[1] === 'EXPSSDA903') return found('ssda903-xml', refusedOnly);
    throw unknownFormat(file);
  }
  if (/^\{.*"specversion"/.test(text)) return found('messages');
  if (/^[{[]/.test(text)) {
    const refusedOnly = text.includes(`"${REFUSED_KEY}"`);
    if (refusedOnly || /"la_child_id"\s*:/.test(text)) return found('daily-feed', refusedOnly);
    throw unknownFormat(file);
  }
  const columns = await readColumns(once(text), file);
  const refusedOnly = columns.includes(REFUSED_COLUMNS[0] ?? '');
  if (datasetTableOf(columns) !== undefined) return found('dataset-table', refusedOnly);
  if (!tableOf(columns)) throw unknownFormat(file);
  return found('ssda903-table', refusedOnly);
}

/** Told how far the reading of a file has come, in bytes. */
function told(source: SourceFile, progress: Progress): (count: number) => void {
  let done = 0;
  return (count) => {
    done += count;
    progress({ stage: 'read', message: source.file, done, total: source.bytes, unit: 'bytes' });
  };
}

/** The text of a file, read from its beginning, with its progress told in bytes. */
export const textOf = (source: SourceFile, progress: Progress = silent): AsyncGenerator<string> =>
  decodedText(bytesOf(source.path), source.file, told(source, progress));

/** The bytes of a file in UTF-8, read from its beginning, with its progress told in bytes. */
export const utf8Of = (source: SourceFile, progress: Progress = silent): AsyncGenerator<Uint8Array> =>
  utf8Bytes(bytesOf(source.path), source.file, told(source, progress));

/** Tables, each opened when its turn comes and as often as it is read. */
export const tablesOf = (sources: readonly SourceFile[], progress: Progress): TableSource[] =>
  sources.map((source) => ({ file: source.file, text: () => textOf(source, progress) }));
