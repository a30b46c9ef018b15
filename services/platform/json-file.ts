// A JSON file of ours that is read back.
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';

/**
 * Reads a file as JSON of a shape.
 * @param unreadable makes the error of what stands in the way, in words that go behind a colon
 */
export async function readJsonFile<T>(
  file: string,
  shape: z.ZodType<T>,
  unreadable: (why: string) => Error,
): Promise<T> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable((error as Error).message);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unreadable('it is not JSON');
  }
  const parsed = shape.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(`${issue?.path.map(String).join('.')} ${issue?.message}`);
}
