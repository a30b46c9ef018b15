// Reads a log from its commitment on and remakes every arm: the service does it before it draws, a verifier at the end.
import type { Concealed } from '../../../schemas/protocol/allocation.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import { type EntryBody, hashOf, type Logged } from './entry.ts';
import { type Levels, type Secret, Sequence } from './sequence.ts';

export interface LogProblem {
  sequence: number;
  problem: 'gap' | 'hash' | 'arm' | 'duplicate' | 'unknown-list';
}

/** The chain of hashes, which anyone can follow without the seed. */
export class Chain {
  #last = 0;
  #hash: string;

  constructor(commitment: string) {
    this.#hash = commitment;
  }

  get last(): number {
    return this.#last;
  }

  get hash(): string {
    return this.#hash;
  }

  follow(entry: Logged): LogProblem[] {
    const problems: LogProblem[] = [];
    if (entry.sequence !== this.#last + 1) problems.push({ sequence: entry.sequence, problem: 'gap' });
    if (entry.hash !== hashOf(this.#hash, entry))
      problems.push({ sequence: entry.sequence, problem: 'hash' });
    this.#last = entry.sequence;
    this.#hash = entry.hash;
    return problems;
  }
}

/** The unit that an entry gives an arm, and the arm. */
export function armGiven(body: EntryBody): { unit: string; arm: Arm } | null {
  if (body.kind === 'assigned' || body.kind === 'emergency') return { unit: body.unit, arm: body.arm };
  return body.kind === 'merged' && body.inherits !== null ? { unit: body.inherits, arm: body.arm } : null;
}

export class Replay {
  readonly chain: Chain;
  readonly #sequence: Sequence;
  readonly #lists = new Map<string, number>();
  readonly #allocated = new Set<string>();

  constructor(design: Concealed, secret: Secret, commitment: string) {
    this.chain = new Chain(commitment);
    this.#sequence = new Sequence(design, secret);
  }

  next(levels: Levels): Arm {
    return this.#sequence.next(levels);
  }

  /** The arms of the envelopes of a list that is made now. */
  newList(list: string, size: number): Arm[] {
    return this.#sequence.envelopes(list, size).map(({ arm }) => arm);
  }

  /** An envelope of a list in the log. */
  envelope(list: string, number: number): { arm: Arm; place: number } | undefined {
    return this.#sequence.envelopes(list, this.#lists.get(list) ?? 0)[number - 1];
  }

  /** Takes an entry over, and says what is wrong with it. */
  follow(entry: Logged): LogProblem[] {
    const problems = this.chain.follow(entry);
    const wrong = (problem: LogProblem['problem']) => problems.push({ sequence: entry.sequence, problem });
    const { body } = entry;
    const given = armGiven(body);
    if (given) {
      const name = `${body.council} ${given.unit.slice(1)}`;
      if (this.#allocated.has(name)) wrong('duplicate');
      this.#allocated.add(name);
    }
    if (body.kind === 'assigned' && this.#sequence.take(body.levels) !== body.arm) wrong('arm');
    if (body.kind === 'emergency-list') this.#lists.set(body.list, body.envelopes);
    if (body.kind === 'emergency') {
      const envelope = this.envelope(body.list, body.envelope);
      if (!envelope) wrong('unknown-list');
      else if (envelope.arm !== body.arm) wrong('arm');
      if (envelope) this.#sequence.count(body.levels, envelope.place);
    }
    return problems;
  }
}
