// `waymark council pseudonyms`: which child, family or team is which pseudonym, for the key's holder; and, when the key is
// changed, the list from old to new pseudonyms, without an id in it.
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../platform/errors.ts';
import { tell } from './convert-options.ts';
import { readCsv } from './csv-rows.ts';
import { readMapping } from './families.ts';
import { bytesOf } from './file-bytes.ts';
import { readKey } from './key-file.ts';
import { pseudonymiser } from './pseudonym.ts';
import { decodedText } from './source-text.ts';

export interface PseudonymFlags {
  of: 'child' | 'family' | 'team';
  key: string;
  newKey?: string;
  crosswalk?: string;
  out: string;
  json?: boolean;
}

/** The ids in the first column of a CSV with a heading, each once. */
async function readIds(path: string): Promise<Set<string>> {
  const file = basename(path);
  const { columns, rows, close } = await readCsv(decodedText(bytesOf(path), file), file, 1);
  if (/^\d*$/.test(columns[0] ?? '')) {
    await close();
    throw new UserError('no-heading', 'The first line must be a heading with no id in it: add one.', {
      file,
      line: 1,
    });
  }
  const ids = new Set<string>();
  for await (const row of rows) {
    const id = 'cells' in row ? (row.cells.get(columns[0] ?? '') ?? '') : '';
    if (id === '') {
      throw new UserError('unreadable-list', 'A row of the list does not begin with an id: mend it.', {
        file,
        line: row.line,
      });
    }
    ids.add(id);
  }
  return ids;
}

const NAMES = {
  child: { column: 'newChild', plural: 'children' },
  family: { column: 'newFamily', plural: 'families' },
  team: { column: 'newTeam', plural: 'teams' },
};

/**
 * Writes `id,child` (or `family`, `team`), which holds identifiers; with a new key `child,newChild`, which holds none.
 * @throws UserError for a list, key or crosswalk that cannot be read; `crosswalk-of-children`; `already-there`;
 * `cannot-write`
 */
export async function pseudonyms(list: string, flags: PseudonymFlags): Promise<void> {
  const old = pseudonymiser(await readKey(flags.key));
  const renewed = flags.newKey === undefined ? undefined : pseudonymiser(await readKey(flags.newKey));
  const crosswalk = flags.crosswalk === undefined ? undefined : await readMapping(flags.crosswalk);
  const { of } = flags;
  if (crosswalk && of !== 'child') {
    throw new UserError(
      'crosswalk-of-children',
      `A crosswalk is of children: leave it out with --of ${of}.`,
      {
        field: '--crosswalk',
      },
    );
  }
  const ids = await readIds(list);
  const rows = [...ids].map((id) => {
    const known = crosswalk?.get(id) ?? id;
    if (renewed) return `${old[of](known)},${renewed[of](known)}`;
    return `"${id.replaceAll('"', '""')}",${old[of](known)}`;
  });
  // The order of the ids would tell which pseudonym is whose to anyone who knows it.
  if (renewed) rows.sort();
  const text = [renewed ? `${of},${NAMES[of].column}` : `id,${of}`, ...rows]
    .map((row) => `${row}\n`)
    .join('');
  try {
    await writeFile(flags.out, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const file = basename(flags.out);
    if (code === 'EEXIST') {
      throw new UserError(
        'already-there',
        'The file is already there and is never written over: name another.',
        {
          file,
        },
      );
    }
    throw new UserError('cannot-write', `The list cannot be written (${code}): check the folder.`, { file });
  }
  const { plural } = NAMES[of];
  const counted = `${ids.size.toLocaleString('en-GB')} ${plural}`;
  tell(
    flags,
    { file: flags.out, [plural]: ids.size, identifiers: !renewed },
    renewed
      ? `${counted}, old and new pseudonym. There is no id in ${flags.out}, but it joins the two: send it by a secure channel only.`
      : `${counted}. ${flags.out} holds identifiers: keep it inside the council, and delete it after use.`,
  );
}
