// For an outage: a council holds sealed envelopes of a list of its own, drawn apart from the main sequence so that neither
// foretells the other; what was opened is entered afterwards, and an envelope's arm is the seed's, whatever was typed.

import type { Arm } from '../../../schemas/protocol.ts';
import { UserError } from '../../platform/errors.ts';
import { type Allocator, allocated, checkAsked, levelsOf } from './allocator.ts';
import type { EntryBody } from './entry.ts';
import type { Levels } from './sequence.ts';
import { append, entriesAfter } from './trial.ts';

export interface EmergencyList {
  evaluation: string;
  council: string;
  list: string;
  envelopes: { number: number; arm: Arm }[];
}

/**
 * Makes a list of envelopes. Print it away from whoever recruits.
 * @param keep keeps the sheets; where it throws, nothing was drawn and the log is as it was
 * @throws UserError `unknown-council`
 */
export async function makeEmergencyList(
  allocator: Allocator,
  asked: { evaluation: string; council: string; size: number; by: string },
  at: Date,
  keep: (list: EmergencyList) => Promise<void> = async () => {},
): Promise<EmergencyList> {
  const loaded = await allocator.load(asked.evaluation);
  const { trial, replay } = loaded;
  const { council, size, by, evaluation } = asked;
  if (!trial.evaluation.protocol.councils.includes(council)) {
    throw new UserError('unknown-council', `The council ${council} does not take part in ${evaluation}.`, {
      field: 'council',
    });
  }
  return allocator.held(loaded, async (tx, after) => {
    const list = `E${after.last + 1}`;
    const body: EntryBody = { kind: 'emergency-list', council, list, envelopes: size };
    await append(tx, trial, after, { at, by, body });
    const envelopes = replay.newList(list, size).map((arm, index) => ({ number: index + 1, arm }));
    const made = { evaluation, council, list, envelopes };
    await keep(made);
    return made;
  });
}

/** One opened envelope, as the council wrote it down. */
export interface OpenedEnvelope {
  line: number;
  list: string;
  envelope: number;
  unit: string;
  openedOn: string;
  levels: Levels;
  eligibility: Readonly<Record<string, boolean>>;
  /** What the paper said, when the council wrote it down. */
  arm?: Arm | undefined;
}

/**
 * Enters what was opened: all of it or, when one line contradicts the seed or the log, none of it.
 * A line that has been entered already is passed over.
 * @throws UserError naming the line
 */
export async function enterEnvelopes(
  allocator: Allocator,
  asked: { evaluation: string; council: string; opened: readonly OpenedEnvelope[]; by: string },
  at: Date,
): Promise<{ entered: number; known: number }> {
  const loaded = await allocator.load(asked.evaluation);
  const { trial, draw, replay } = loaded;
  const { council, evaluation, by } = asked;
  return allocator.held(loaded, async (tx, after) => {
    const log = await entriesAfter(tx, trial, 0);
    const used = new Map<string, string>(
      log.flatMap(({ body }) =>
        body.kind === 'emergency' ? [[`${body.list} ${body.envelope}`, body.unit] as const] : [],
      ),
    );
    let end = { last: after.last, hash: after.hash };
    let entered = 0;
    for (const one of asked.opened) {
      const wrong = (message: string, field: string) =>
        new UserError('bad-envelope', `Line ${one.line}: ${message}`, { line: one.line, field });
      checkAsked(trial, draw, { ...one, council, evaluation, by });
      const own = log.some(
        ({ body }) => body.kind === 'emergency-list' && body.list === one.list && body.council === council,
      );
      const drawn = own ? replay.envelope(one.list, one.envelope) : undefined;
      if (!drawn) throw wrong(`list ${one.list} of ${council} has no envelope ${one.envelope}.`, 'envelope');
      if (one.arm !== undefined && one.arm !== drawn.arm)
        throw wrong(`envelope ${one.envelope} holds ${drawn.arm}, not ${one.arm}.`, 'arm');
      const name = `${one.list} ${one.envelope}`;
      const holder = used.get(name);
      if (holder === one.unit) continue;
      if (holder) throw wrong(`envelope ${one.envelope} was opened for another unit.`, 'envelope');
      if (await allocated(tx, trial, council, one.unit))
        throw wrong('the unit has an arm already, which stands.', 'unit');
      const body: EntryBody = {
        kind: 'emergency',
        council,
        unit: one.unit,
        levels: levelsOf(draw, council, one.levels),
        eligibility: { ...one.eligibility },
        list: one.list,
        envelope: one.envelope,
        openedOn: one.openedOn,
        arm: drawn.arm,
      };
      const logged = await append(tx, trial, end, { at, by, body });
      end = { last: logged.sequence, hash: logged.hash };
      used.set(name, one.unit);
      entered += 1;
    }
    return { entered, known: asked.opened.length - entered };
  });
}
