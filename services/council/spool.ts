// What is to be sent waits on disk, so that a crash, a full disk at the far end or a week's outage loses nothing. A
// parcel (one conversion) is sent whole before the next; its settled lines are noted after every acknowledged batch,
// and a parcel sent twice is harmless. The folder holds pseudonymised rows until they are accepted, then receipts only.
//
//   NNNNNNNN.ndjson        a parcel, written whole or not at all
//   NNNNNNNN.settled.json  how far it has got
//   refused.json           which refused lines are not made good: while there are any, no statement of completeness leaves
//   NNNNNNNN.receipt.json  what became of it; the rows are gone
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FeedMessage } from '../../schemas/message.ts';
import { UserError } from '../platform/errors.ts';
import type { Outgoing } from './case-event.ts';
import { countLines, readMessageLines, writeBatches, writeMessages } from './message-file.ts';
import { Outstanding, OutstandingNote } from './outstanding.ts';
import { type HeldStatement, type RejectedMessage, type SendOptions, sendMessages } from './send.ts';

/** What became of one parcel. */
export interface Receipt {
  parcel: string;
  sent: number;
  accepted: number;
  rejected: RejectedMessage[];
  held: HeldStatement[];
}

const Settled = z.object({
  lines: z.int().min(0),
  accepted: z.int().min(0),
  rejected: z.array(
    z.object({ line: z.int(), id: z.string(), code: z.string(), field: z.string(), reason: z.string() }),
  ),
  held: z.array(z.object({ line: z.int(), id: z.string() })).default([]),
  /** The parcel's name to the gateway; a parcel that is taken up again keeps it. */
  delivery: z.string().optional(),
});
type Settled = z.infer<typeof Settled>;

const systemCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Writes a small file whole or not at all. */
async function writeWhole(path: string, content: object): Promise<void> {
  const partial = `${path}.partial`;
  const file = await open(partial, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(content));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
}

/** What a process that died had begun to write: rows that would stay for ever. The folder is this process's alone. */
async function removePartials(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (/\.partial(-\d+)?$/.test(name)) await rm(join(folder, name), { force: true });
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
};

export class Spool {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Opens a spool for this process alone, making the folder (mode 0700) when it is not there.
   * @throws UserError `spool-in-use`, `cannot-write`
   */
  static async open(folder: string): Promise<Spool> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new UserError(
        'cannot-write',
        `The spool folder cannot be made (${systemCode(error)}): name another.`,
        {
          field: 'spool',
        },
      );
    }
    const lock = join(folder, 'lock');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      try {
        await writeFile(lock, String(process.pid), { flag: 'wx', mode: 0o600 });
        await removePartials(folder);
        return new Spool(folder);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') {
          throw new UserError(
            'cannot-write',
            `The spool cannot be written (${systemCode(error)}): check its permissions.`,
            {
              field: 'spool',
            },
          );
        }
        const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
        if (holder > 0 && holder !== process.pid && alive(holder)) break;
        // Its process is gone: a crash left the lock.
        await rm(lock, { force: true });
      }
    }
    throw new UserError(
      'spool-in-use',
      'Another process is sending from this spool: wait for it, or name another.',
      {
        field: 'spool',
      },
    );
  }

  async close(): Promise<void> {
    await rm(join(this.folder, 'lock'), { force: true });
  }

  async #parcels(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => /^\d{8}\.ndjson$/.test(name)).sort();
  }

  /** Puts messages into the spool as its last parcel, whole or not at all. */
  add(messages: AsyncIterable<FeedMessage>): Promise<string> {
    return this.#put((path) => writeMessages(path, messages));
  }

  /** `add` for messages that come in lists. */
  addBatches(batches: AsyncIterable<readonly Outgoing[]>): Promise<string> {
    return this.#put((path) => writeBatches(path, batches));
  }

  async #put(write: (path: string) => Promise<number>): Promise<string> {
    const names = (await readdir(this.folder)).flatMap(
      (name) => /^(\d{8})\.(ndjson|receipt\.json)$/.exec(name)?.[1] ?? [],
    );
    const last = names.sort().at(-1);
    const parcel = String(Number(last ?? 0) + 1).padStart(8, '0');
    await write(join(this.folder, `${parcel}.ndjson`));
    return parcel;
  }

  async #settled(parcel: string): Promise<Settled> {
    const text = await readFile(join(this.folder, `${parcel}.settled.json`), 'utf8').catch(() => '{}');
    const read = Settled.safeParse(JSON.parse(text));
    // Without a note, or with a broken one, the parcel is sent again from its first line.
    return read.success ? read.data : { lines: 0, accepted: 0, rejected: [], held: [] };
  }

  /** Refused lines of all parcels that are not made good. */
  async outstanding(): Promise<Outstanding> {
    const text = await readFile(join(this.folder, 'refused.json'), 'utf8').catch(() => '{}');
    return new Outstanding(OutstandingNote.parse(JSON.parse(text)));
  }

  async #noteOutstanding(outstanding: Outstanding): Promise<void> {
    if (outstanding.count > 0) await writeWhole(join(this.folder, 'refused.json'), outstanding.note());
    else await rm(join(this.folder, 'refused.json'), { force: true });
  }

  /** Holds every statement of completeness back: records were refused before they came here, and nothing will say them again. */
  async holdFor(what: string): Promise<void> {
    const outstanding = await this.outstanding();
    outstanding.refuse(null, what, 'refused-by-convert');
    await this.#noteOutstanding(outstanding);
  }

  /** Counts every refused line as made good: it was no record, or a gap has been declared for it. */
  async forgetRefused(): Promise<void> {
    await this.#noteOutstanding(new Outstanding());
  }

  async #deliver(
    parcel: string,
    options: Omit<SendOptions, 'messages' | 'delivery' | 'outstanding'>,
  ): Promise<Receipt> {
    const path = join(this.folder, `${parcel}.ndjson`);
    const before = await this.#settled(parcel);
    const delivery = before.delivery ?? randomUUID();
    const outstanding = await this.outstanding();
    const after = ({ accepted, rejected, held }: Omit<Settled, 'lines' | 'delivery'>) => ({
      accepted: before.accepted + accepted,
      rejected: [...before.rejected, ...rejected],
      held: [...before.held, ...held],
    });
    const settledFile = join(this.folder, `${parcel}.settled.json`);
    if (before.delivery === undefined) await writeWhole(settledFile, { ...before, delivery });
    let lines = before.lines;
    const receipts = await sendMessages({
      ...options,
      messages: readMessageLines(path),
      settledBefore: before.lines,
      total: await countLines(path),
      delivery,
      outstanding,
      onSettled: async (settled, soFar) => {
        lines = settled;
        await this.#noteOutstanding(outstanding);
        await writeWhole(settledFile, { lines, delivery, ...after(soFar) });
      },
    });
    await this.#noteOutstanding(outstanding);
    const receipt: Receipt = { parcel, sent: lines, ...after(receipts) };
    await writeWhole(join(this.folder, `${parcel}.receipt.json`), receipt);
    await rm(path, { force: true });
    await rm(settledFile, { force: true });
    return receipt;
  }

  /**
   * Sends every waiting parcel in order and gives their receipts as they come.
   * @throws UserError as `sendMessages`; what is not settled waits for the next time
   */
  async *deliver(
    options: Omit<SendOptions, 'messages' | 'delivery' | 'outstanding'>,
  ): AsyncGenerator<Receipt> {
    for (const name of await this.#parcels()) {
      const parcel = name.slice(0, 8);
      // A receipt beside its rows: the crash came between the two, and all of it was settled.
      const settled = await readFile(join(this.folder, `${parcel}.receipt.json`), 'utf8').catch(
        () => undefined,
      );
      if (settled !== undefined) {
        await rm(join(this.folder, name), { force: true });
        await rm(join(this.folder, `${parcel}.settled.json`), { force: true });
        continue;
      }
      yield await this.#deliver(parcel, options);
    }
  }
}
