// What one audience has been shown of one population, as a file of one JSON object a line, which is only ever added to:
// the categories its tables had, and each number shown or said to be hidden.
import { appendFile, readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { SeenCell } from '../../disclosure/memory.ts';
import { UserError } from '../../platform/errors.ts';

const Category = z.strictObject({ dimension: z.string(), category: z.string(), parent: z.string() });
const Cell = z.strictObject({
  region: z.record(z.string(), z.string()),
  shown: z.int().min(0).nullable(),
});
const Line = z.union([Category, Cell]);

export type SeenCategory = z.infer<typeof Category>;

export interface Seen {
  categories: SeenCategory[];
  cells: SeenCell[];
}

/** @throws UserError `bad-memory` naming the line; a file that is not there is an audience that has seen nothing */
export async function readSeen(file: string): Promise<Seen> {
  let text = '';
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const lines = text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    try {
      return [Line.parse(JSON.parse(line))];
    } catch {
      const sentence = `Line ${at + 1} of ${file} is neither a category nor a cell that was shown.`;
      throw new UserError('bad-memory', sentence, { file, line: at + 1 });
    }
  });
  return {
    categories: lines.filter((line) => 'category' in line),
    cells: lines.filter((line) => 'region' in line),
  };
}

export async function appendSeen(file: string, { categories, cells }: Seen): Promise<void> {
  const lines = [...categories, ...cells].map((line) => `${JSON.stringify(line)}\n`);
  await appendFile(file, lines.join(''), { mode: 0o600 });
}
