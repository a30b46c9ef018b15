// Whatever lands in a folder is sent once. A file counts as landed when it has not changed between two looks, so one
// that is still being copied is left alone; what was read is known again by its content, so a restart sends nothing twice.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../platform/errors.ts';

const Seen = z.record(z.string(), z.string());

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** Remembers what was read, by the SHA-256 of its content, in one small file. */
export class FolderWatch {
  readonly #folder: string;
  readonly #memory: string;
  #seen: Map<string, string> | undefined;
  #before = new Map<string, string>();
  readonly #settled = new Map<string, string>();

  constructor(folder: string, memory: string) {
    this.#folder = folder;
    this.#memory = memory;
  }

  async #remembered(): Promise<Map<string, string>> {
    if (!this.#seen) {
      const text = await readFile(this.#memory, 'utf8').catch(() => '{}');
      this.#seen = new Map(Object.entries(Seen.parse(JSON.parse(text))));
    }
    return this.#seen;
  }

  /** Files that have landed since the last look and were not read before, in the order of their names. */
  async look(): Promise<{ path: string; digest: string }[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      throw new UserError('cannot-read', `The folder cannot be read (${error.code}): check its path.`, {
        field: 'folder',
      });
    });
    const now = new Map<string, string>();
    const landed: { path: string; digest: string }[] = [];
    const seen = await this.#remembered();
    for (const name of names.sort()) {
      if (name.startsWith('.') || name.includes('.partial')) continue;
      const path = join(this.#folder, name);
      const at = await stat(path).catch(() => undefined);
      if (!at?.isFile() || at.size === 0) continue;
      const shape = `${at.size} ${at.mtimeMs}`;
      now.set(name, shape);
      if (this.#before.get(name) !== shape || this.#settled.get(name) === shape) continue;
      const digest = await digestOf(path);
      this.#settled.set(name, shape);
      if (!seen.has(digest)) landed.push({ path, digest });
    }
    this.#before = now;
    return landed;
  }

  /** Lets files be looked at again: they landed beside one that could not be read. */
  forget(files: readonly { path: string }[]): void {
    for (const { path } of files) this.#settled.delete(basename(path));
  }

  /** Notes that files need not be read again, and what became of them. */
  async note(files: readonly { digest: string }[], outcome: string): Promise<void> {
    const seen = await this.#remembered();
    for (const { digest } of files) seen.set(digest, outcome);
    await writeFile(`${this.#memory}.partial`, JSON.stringify(Object.fromEntries(seen)), { mode: 0o600 });
    await rename(`${this.#memory}.partial`, this.#memory);
  }
}
