// What the demonstration remembers between starts: the keys it made (of councils, the dashboard and signers) and how far it has loaded. Readable by its owner only.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { KEY_BYTES } from '../../council/pseudonym.ts';
import { createKey } from '../../platform/access.ts';
import type { Database } from '../../platform/database.ts';

const Memory = z.object({
  /** API keys by what they are for: a council's ONS code, or `dashboard`. */
  keys: z.record(z.string(), z.string()),
  /** Deliveries acknowledged to their end, by name, and the messages each one held. */
  delivered: z.record(z.string(), z.number()),
  /** The pseudonym key of the sample councils, hexadecimal: the same at every start, so that nothing is ever doubled. */
  samplesKey: z.string(),
  /** Private keys of the demonstration's signers, PEM. */
  signers: z.record(z.string(), z.string()).default({}),
});
type Remembered = z.infer<typeof Memory>;

export class DemonstrationMemory {
  readonly #path: string;
  /** The save before, whether or not it held: one file is written at a time. */
  #saving: Promise<unknown> = Promise.resolve();
  #known: Remembered = {
    keys: {},
    delivered: {},
    samplesKey: randomBytes(KEY_BYTES).toString('hex'),
    signers: {},
  };

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(home: string): Promise<DemonstrationMemory> {
    const memory = new DemonstrationMemory(join(home, 'demonstration', 'memory.json'));
    try {
      memory.#known = Memory.parse(JSON.parse(await readFile(memory.#path, 'utf8')));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await memory.#save();
    }
    return memory;
  }

  get samplesKey(): Uint8Array {
    return Buffer.from(this.#known.samplesKey, 'hex');
  }

  get delivered(): Readonly<Record<string, number>> {
    return this.#known.delivered;
  }

  async noteDelivered(name: string, messages: number): Promise<void> {
    this.#known.delivered[name] = messages;
    await this.#save();
  }

  /** The key of a council (by ONS code) or of the `dashboard`, made at first need. */
  async key(db: Database, purpose: string): Promise<string> {
    const known = this.#known.keys[purpose];
    if (known) return known;
    const council = purpose === 'dashboard' ? null : purpose;
    const role = council ? 'council' : 'evaluator';
    const key = await createKey(db, { label: `demonstration ${purpose}`, role, council });
    this.#known.keys[purpose] = key;
    await this.#save();
    return key;
  }

  /** The private key of a signer, made at first need. */
  async signerKey(id: string, make: () => string): Promise<string> {
    const known = this.#known.signers[id];
    if (known) return known;
    const made = make();
    this.#known.signers[id] = made;
    await this.#save();
    return made;
  }

  #save(): Promise<void> {
    const saved = this.#saving.then(() => this.#write());
    this.#saving = saved.catch(() => {});
    return saved;
  }

  async #write(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const next = `${this.#path}.next`;
    await writeFile(next, JSON.stringify(this.#known), { mode: 0o600 });
    await rename(next, this.#path);
  }
}
