// Gives a unit its arm: once, whoever asks and however often; the answer to the first asking and to the last is the same.
import type { Concealed } from '../../../schemas/protocol/allocation.ts';
import { factorName } from '../../../schemas/protocol/allocation.ts';
import type { Arm, Protocol } from '../../../schemas/protocol.ts';
import type { Database, Transaction } from '../../platform/database.ts';
import { invariant, UserError } from '../../platform/errors.ts';
import type { Entry, EntryBody, Logged } from './entry.ts';
import { Replay } from './replay.ts';
import { factorsOf, type Levels } from './sequence.ts';
import { append, entriesAfter, hold, secretOfTrial, type Trial, trialNamed } from './trial.ts';

export interface Asked {
  evaluation: string;
  /** The council that asks, by its key. */
  council: string;
  unit: string;
  levels: Levels;
  /** Answers by the question's id. */
  eligibility: Readonly<Record<string, boolean>>;
  /** Label of the key. */
  by: string;
}

/** What the asker is told. `arm` is null when an answer was no: the unit is not in the trial. */
export interface Answer {
  evaluation: string;
  unit: string;
  arm: Arm | null;
  allocatedAt: string;
  /** The entry in the trial's log; keep both: they prove what was answered and when. */
  sequence: number;
  receipt: string;
}

export interface Loaded {
  trial: Trial;
  draw: Concealed;
  replay: Replay;
}

const bad = (code: string, message: string, field: string) => new UserError(code, message, { field });

/** The first letters of pseudonyms that may be entered: a child whose family is not known is a family of one. */
const unitsEntered: Record<Protocol['unit'], { letters: string; words: string }> = {
  child: {
    letters: 'c',
    words: 'Children are allocated in this trial: give a child’s pseudonym, which starts with c.',
  },
  family: {
    letters: 'fc',
    words:
      'Families are allocated in this trial: give a family’s pseudonym, which starts with f, or the child’s where no family is known.',
  },
  team: {
    letters: 't',
    words: 'Teams are allocated in this trial: give a team’s pseudonym, which starts with t.',
  },
  council: { letters: '', words: 'Whole councils were drawn in this trial: there is no unit to enter.' },
};

/** @throws UserError `unknown-council`, `bad-unit`, `bad-levels` or `bad-eligibility` */
export function checkAsked({ evaluation: { slug, protocol } }: Trial, draw: Concealed, asked: Asked): void {
  if (!protocol.councils.includes(asked.council))
    throw bad('unknown-council', `The council ${asked.council} does not take part in ${slug}.`, 'council');
  const { letters, words } = unitsEntered[protocol.unit];
  if (!letters.includes(asked.unit.charAt(0))) throw bad('bad-unit', words, 'unit');
  const factors = factorsOf(draw);
  for (const factor of factors) {
    if (factor === 'council') continue;
    const level = asked.levels[factor.name];
    if (level === undefined || !factor.levels.includes(level))
      throw bad(
        'bad-levels',
        `Say which ${factor.name} it is: ${factor.levels.join(', ')}.`,
        `levels.${factor.name}`,
      );
  }
  const names = factors.map(factorName);
  const stray = Object.keys(asked.levels).find((name) => name === 'council' || !names.includes(name));
  if (stray) throw bad('bad-levels', `This trial does not ask for ${stray}.`, `levels.${stray}`);
  for (const { id, words } of draw.eligibility) {
    if (asked.eligibility[id] === undefined)
      throw bad('bad-eligibility', `Answer yes or no: ${words}`, `eligibility.${id}`);
  }
  const other = Object.keys(asked.eligibility).find((id) => !draw.eligibility.some((one) => one.id === id));
  if (other) throw bad('bad-eligibility', `This trial does not ask ${other}.`, `eligibility.${other}`);
}

/** The levels that are recorded: those that were given, and the council where arms are balanced over it. */
export function levelsOf(draw: Concealed, council: string, given: Levels): Levels {
  return factorsOf(draw).includes('council') ? { ...given, council } : given;
}

const answerOf = (unit: string, { evaluation, at, sequence, body, hash }: Logged): Answer => ({
  evaluation,
  unit,
  arm: 'arm' in body ? body.arm : null,
  allocatedAt: at,
  sequence,
  receipt: hash,
});

/** One process's view of the trials it serves. Several processes may serve the same trial. */
export class Allocator {
  readonly #db: Database;
  readonly #key: Uint8Array;
  readonly #clock: () => Date;
  readonly #loaded = new Map<string, Promise<Loaded>>();

  constructor(db: Database, key: Uint8Array, clock: () => Date) {
    this.#db = db;
    this.#key = key;
    this.#clock = clock;
  }

  /** @throws UserError as `trialNamed`; `councils-drawn` when there is nothing to ask for */
  async load(slug: string): Promise<Loaded> {
    const known = this.#loaded.get(slug);
    if (known) return known;
    const loading = this.#load(slug);
    this.#loaded.set(slug, loading);
    loading.catch(() => this.#loaded.delete(slug));
    return loading;
  }

  /** @throws UserError for an asking that cannot be understood, and `closed` */
  async assign(asked: Asked): Promise<Answer> {
    const loaded = await this.load(asked.evaluation);
    const { trial, draw, replay } = loaded;
    checkAsked(trial, draw, asked);
    return this.held(loaded, async (tx, after) => {
      const known = await allocated(tx, trial, asked.council, asked.unit);
      if (known) return answerOf(asked.unit, known);
      const { council, unit, by } = asked;
      const eligibility = { ...asked.eligibility };
      const levels = levelsOf(draw, council, asked.levels);
      const about = { council, unit, levels, eligibility };
      const body: EntryBody = Object.values(eligibility).every(Boolean)
        ? { kind: 'assigned', ...about, arm: replay.next(levels) }
        : { kind: 'not-eligible', ...about };
      return answerOf(unit, await append(tx, trial, after, { at: this.#clock(), by, body }));
    });
  }

  /** The trials that a council may enter units into now. */
  async trialsOf(council: string): Promise<{ slug: string; title: string }[]> {
    return this.#db<{ slug: string; title: string }[]>`
      select e.slug, e.protocol->>'title' as title
      from waymark.allocation_trial t join waymark.evaluation e using (evaluation_id)
      join waymark.evaluation_council using (evaluation_id) join waymark.council c using (council_id)
      where c.code = ${council} and t.revealed_at is null and t.design->>'method' = 'concealed' order by e.slug`;
  }

  /** Runs `work` while nobody else allocates in this trial, with the log read to its end. */
  async held<T>(
    { trial, replay }: Loaded,
    work: (tx: Transaction, after: { last: number; hash: string }) => Promise<T>,
  ): Promise<T> {
    const done = await this.#db.begin(async (tx) => {
      await hold(tx, trial);
      for (const entry of await entriesAfter(tx, trial, replay.chain.last)) {
        const [problem] = replay.follow(entry);
        invariant(
          !problem,
          `entry ${problem?.sequence} of the allocation log of ${trial.evaluation.slug}: ${problem?.problem}`,
        );
      }
      return work(tx, replay.chain);
    });
    return done as T;
  }

  async #load(slug: string): Promise<Loaded> {
    const trial = await trialNamed(this.#db, slug);
    const { draw } = trial;
    if (draw.method !== 'concealed')
      throw bad(
        'councils-drawn',
        `In ${slug} whole councils were drawn: there is no unit to enter.`,
        'evaluation',
      );
    const secret = await secretOfTrial(this.#db, trial, this.#key);
    return { trial, draw, replay: new Replay(draw, secret, trial.commitment) };
  }
}

/** The entry that gave a unit its arm. */
export async function allocated(
  tx: Transaction,
  { evaluation }: Trial,
  council: string,
  unit: string,
): Promise<Logged | null> {
  const [row] = await tx<{ entry: Entry; hash: string }[]>`
    select l.entry, l.hash from waymark.allocation_log l join waymark.council c using (council_id)
    where l.evaluation_id = ${evaluation.id} and c.code = ${council} and l.unit = ${unit.slice(1)}::uuid`;
  return row ? { ...row.entry, hash: row.hash } : null;
}
