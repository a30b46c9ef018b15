// The statements of one return: every record goes through `state`, which gives it a pseudonym that is the same in
// every later return and notices when the return says a thing twice.
import type { RecordKind, RecordState } from '../../schemas/records.ts';
import { EventForm, type Outgoing, OutgoingCaseEvent, outgoingPurge } from './case-event.ts';
import type { Linkage } from './linkage.ts';
import { type Pseudonymiser, recordPseudonym } from './pseudonym.ts';
import type { Quarantine } from './quarantine.ts';
import type { Reading } from './reading.ts';
import { hexadecimal, RecordRegister } from './record-register.ts';
import type { ReportWriter } from './report.ts';
import type { Loose } from './state-json.ts';

/** What holds for every record of a conversion. */
export interface Conversion {
  council: string;
  pseudonyms: Pseudonymiser;
  writer: ReportWriter;
  /** Family id by child id, as the council's mapping file has it. */
  families: ReadonlyMap<string, string>;
  /** The ids of the SSDA903 against those of the other returns. */
  linkage: Linkage;
  /** Where refused records are kept, when they are to be mended. */
  quarantine: Quarantine | undefined;
  /** Why what was refused is not waited for, when the council says so. */
  waiver: string | undefined;
  /** Kinds of which a return read so far had records refused: a later return does not make up for them. */
  withheld: Set<RecordKind>;
  /** Children that a return read so far says are unaccompanied asylum seekers. */
  unaccompanied: Set<string>;
}

export interface ChildScope {
  localId: string;
  pseudonym: string;
  /** 32 bits of the pseudonym. */
  number: number;
}

export class ReturnEvents {
  readonly conversion: Conversion;
  readonly recordedAt: string;
  readonly #register = new RecordRegister();
  readonly #forms = new Map<RecordKind, EventForm>();
  #ready: Outgoing[] = [];

  constructor(conversion: Conversion, recordedAt: string) {
    this.conversion = conversion;
    this.recordedAt = recordedAt;
  }

  child(localId: string): ChildScope {
    const pseudonym = this.conversion.pseudonyms.child(localId);
    return { localId, pseudonym, number: hexadecimal(pseudonym, 1) };
  }

  family(childLocalId: string): string | undefined {
    const family = this.conversion.families.get(childLocalId);
    return family === undefined ? undefined : this.conversion.pseudonyms.family(family);
  }

  #formOf(kind: RecordKind): EventForm {
    let form = this.#forms.get(kind);
    if (!form) {
      form = new EventForm(this.conversion.council, this.recordedAt, kind);
      this.#forms.set(kind, form);
    }
    return form;
  }

  /**
   * States a record.
   * @param key what makes the record the same one in the next return: see the header of each converter
   */
  state<K extends RecordKind>(
    child: ChildScope,
    kind: K,
    key: string,
    state: Loose<RecordState<K>>,
    reading: Reading,
  ) {
    const { pseudonyms, writer } = this.conversion;
    const form = this.#formOf(kind);
    for (let ordinal = 1; ; ordinal += 1) {
      const localId = ordinal === 1 ? key : `${key}#${ordinal}`;
      const record = pseudonyms.recordHash(child.localId, kind, localId);
      const event = new OutgoingCaseEvent(form, child.pseudonym, recordPseudonym(record), state);
      const noted = this.#register.note(child.number, record, event.hash);
      if (noted === 'same') {
        reading.finding('duplicate-record', kind);
        return;
      }
      if (noted === 'other') {
        // The second of two records with one key is told apart by its place in the order of the source.
        if (ordinal === 1) reading.finding('same-key-records', kind);
        continue;
      }
      writer.record(kind, state);
      this.#ready.push(event);
      return;
    }
  }

  /** Takes a record back: it was made in error or must be forgotten. */
  purge(child: ChildScope, kind: RecordKind, key: string, reading: Reading): void {
    const { council, pseudonyms, writer } = this.conversion;
    const record = pseudonyms.recordHash(child.localId, kind, key);
    const statement = { council, child: child.pseudonym, recordId: recordPseudonym(record) };
    let event = outgoingPurge({ ...statement, recordedAt: this.recordedAt }, kind);
    const noted = this.#register.note(child.number, record, event.hash);
    if (noted === 'same') return;
    if (noted === 'other') {
      // Of a record that is stated and purged at one moment, the purge must stand.
      reading.finding('stated-and-purged', kind);
      const later = new Date(Date.parse(this.recordedAt) + 1).toISOString();
      event = outgoingPurge({ ...statement, recordedAt: later }, kind);
    }
    writer.report.events += 1;
    writer.report.purges += 1;
    this.#ready.push(event);
  }

  /** Hands over what has been stated since the last call. */
  take(): readonly Outgoing[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }
}
