// Records that were refused are kept here, in the format they came in and with the reason beside each, to be mended and
// converted again. The files hold what the return holds, identifiers included: the folder and its files are the
// owner's alone (0700, 0600), stay inside the council, and nothing else is ever written to them. A conversion that fails
// keeps none of them: its returns must be converted again, and refuse the same records then.
import { chmodSync, closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../platform/errors.ts';
import type { RefusedRecord } from './report.ts';

/** Stands in every quarantine file, so that it is known again: it is a part of a return and never the whole. */
export const REFUSED_MARK = 'waymark-refused';

/** The reason as it stands beside a record: where it was, what is wrong; no value. */
export const reasonText = (one: RefusedRecord): string =>
  `line ${one.line}: ${one.record}, ${one.rule}${one.field ? `, ${one.field}` : ''} ${one.reason}`;

/** A file of refused records of one source, made when the first is written. */
export class QuarantineFile {
  readonly #path: () => { path: string; handle: number };
  #handle: number | undefined;

  constructor(path: () => { path: string; handle: number }) {
    this.#path = path;
  }

  get begun(): boolean {
    return this.#handle !== undefined;
  }

  write(text: string): void {
    this.#handle ??= this.#path().handle;
    writeSync(this.#handle, text);
  }

  close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }
}

export class Quarantine {
  readonly #folder: string;
  readonly #open: QuarantineFile[] = [];
  /** Names of the files that were written. */
  readonly files: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A file for what is refused of a source; one that is there already is never overwritten. */
  file(source: string): QuarantineFile {
    const file = new QuarantineFile(() => this.#create(source));
    this.#open.push(file);
    return file;
  }

  /** Takes back every file of this conversion, which has failed. */
  discard(): void {
    for (const file of this.#open) file.close();
    for (const name of this.files.splice(0)) rmSync(join(this.#folder, name), { force: true });
  }

  #create(source: string): { path: string; handle: number } {
    const [, stem = source, extension = ''] =
      /^(.*?)(?:\.refused(?:-\d+)?)?(\.[A-Za-z0-9]+)?$/.exec(source) ?? [];
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      chmodSync(this.#folder, 0o700);
      for (let number = 1; ; number += 1) {
        const name = `${stem}.refused${number > 1 ? `-${number}` : ''}${extension}`;
        const path = join(this.#folder, name);
        try {
          const handle = openSync(path, 'wx', 0o600);
          this.files.push(name);
          return { path, handle };
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        }
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new UserError(
        'cannot-write',
        `The quarantine folder cannot be written (${code}): name another.`,
        { file: basename(this.#folder) },
      );
    }
  }
}
