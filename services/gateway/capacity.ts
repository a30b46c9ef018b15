// What the gateway holds at once is bounded: a batch is turned away, never queued without end, when there is too much of it.
import { Refused } from './refusals.ts';

export interface CapacityLimits {
  /** Batches in hand at once, of all councils. */
  batches: number;
  /** Batches in hand at once of one council, so that none can fill the house. */
  batchesOfCouncil: number;
  /** Bytes of bodies in hand at once, as received and unpacked. */
  bytes: number;
  /** Milliseconds without Kafka's acknowledgement after which no new batch is taken. */
  slowAfter: number;
}

export const usualLimits: CapacityLimits = {
  batches: 64,
  batchesOfCouncil: 16,
  bytes: 96 * 1024 * 1024,
  slowAfter: 2_000,
};

/** Seconds a sender is asked to wait. */
const BUSY = 1;
const SLOW = 2;

/** A batch's place, from before its body is read until it is answered and Kafka has let go of it. */
export interface Place {
  /** @throws Refused `busy` when all batches together have become too large */
  grow(bytes: number): void;
  /** Keeps the place until Kafka has answered, even when the sender has gone. */
  produce<T>(send: () => Promise<T>): Promise<T>;
  /** The answer is out or the sender has gone. Harmless when called again. */
  leave(): void;
}

export class Capacity {
  readonly #limits: CapacityLimits;
  readonly #now: () => number;
  readonly #councils = new Map<string, number>();
  /** When each send that Kafka has not answered began, oldest first. */
  readonly #waiting = new Map<symbol, number>();
  batches = 0;
  bytes = 0;

  constructor(limits: CapacityLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  #kafkaIsSlow(): boolean {
    const [oldest] = this.#waiting.values();
    return oldest !== undefined && this.#now() - oldest > this.#limits.slowAfter;
  }

  /** @throws Refused `kafka-slow` or `busy` */
  enter(council: string): Place {
    const { batches, batchesOfCouncil, bytes: most } = this.#limits;
    const own = this.#councils.get(council) ?? 0;
    if (this.#kafkaIsSlow()) throw new Refused('kafka-slow', SLOW);
    if (this.batches >= batches || own >= batchesOfCouncil) throw new Refused('busy', BUSY);
    this.batches += 1;
    this.#councils.set(council, own + 1);
    let held = 0;
    let left = false;
    let sending = 0;
    const free = (): void => {
      this.batches -= 1;
      this.bytes -= held;
      const others = (this.#councils.get(council) ?? 1) - 1;
      if (others === 0) this.#councils.delete(council);
      else this.#councils.set(council, others);
    };
    return {
      grow: (bytes) => {
        if (this.bytes + bytes > most) throw new Refused('busy', BUSY);
        held += bytes;
        this.bytes += bytes;
      },
      produce: async (send) => {
        const mark = Symbol();
        this.#waiting.set(mark, this.#now());
        sending += 1;
        try {
          return await send();
        } finally {
          this.#waiting.delete(mark);
          sending -= 1;
          if (left && sending === 0) free();
        }
      },
      leave: () => {
        if (left) return;
        left = true;
        if (sending === 0) free();
      },
    };
  }
}
