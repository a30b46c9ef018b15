// What the gateway keeps and shows of a council's own account. Every question names the council, and is answered for it alone.
import type { RecordKind } from '../../schemas/records.ts';
import type { RefusedLine } from './batch.ts';

/** A line that could not be used: where it stands, why, and what its council does about it. */
export interface HeldLine {
  /** `gateway`: refused on arrival. `ingest`: found unusable on its way into the ledger. */
  by: 'gateway' | 'ingest';
  /** A line of a delivery, or a place in Kafka that the operator can look up. */
  place: string;
  code: string;
  field: string;
  reason: string;
  repair: string;
  at: string;
}

export interface FeedStatus {
  council: string;
  /** When its messages last reached the store; null for never. */
  lastReceived: string | null;
  /** What each kind of record is complete through; a kind that is missing has not been stated. */
  completeThrough: { kind: RecordKind; through: string }[];
  gaps: { kind: RecordKind; from: string; to: string }[];
  /** Lines that could not be used and are not known to be mended. */
  held: number;
}

export interface GatewayStore {
  /** Notes refused lines; the same line again in the same delivery is counted, not added. */
  noteRefused(
    council: string,
    delivery: string,
    lines: readonly (RefusedLine & { sha256: Buffer })[],
  ): Promise<void>;
  /** Whether lines of this delivery have been refused. */
  hasRefused(council: string, delivery: string): Promise<boolean>;
  feed(council: string): Promise<FeedStatus>;
  /** The newest 500 held lines before an instant, newest first. */
  held(council: string, before: string | null): Promise<HeldLine[]>;
}
