// One child of an events file, as `waymark evaluate` sees it, with every line about it.
import { kindOf } from '../../../schemas/case-event.ts';
import type { Said } from '../../outcomes/explain.ts';
import { recordsOf } from '../../outcomes/live-records.ts';
import { screenChild } from '../eligibility.ts';
import { listKey } from '../evaluate/allocation.ts';
import { armsOf, dayOf } from '../evaluate/command.ts';
import { participantOf } from '../evaluate/evaluate.ts';
import { readEvents, readOptOuts, readProtocol } from '../evaluate/input-files.ts';
import { Known } from '../evaluate/known.ts';
import { type ExplainRecord, explainRecord, horizonsAsked, outcomeNamed, theOne } from './record.ts';

export interface FilesAsked {
  participant: string;
  outcome: string;
  horizon?: string;
  asOf?: string;
  council?: string;
  protocol: string;
  events: string;
  allocations?: string;
  optOuts?: string;
}

/** @throws UserError for a file, a day, an outcome, a horizon or a participant that cannot be used */
export async function explainFiles(asked: FilesAsked): Promise<ExplainRecord> {
  const { participant, council } = asked;
  const asOf = dayOf(asked.asOf);
  const protocol = await readProtocol(asked.protocol);
  const definition = outcomeNamed(protocol, asked.outcome);
  const horizons = horizonsAsked(protocol, asked.horizon);
  const listed = await armsOf(protocol, asked.allocations);
  const out = asked.optOuts === undefined ? [] : await readOptOuts(asked.optOuts);
  const said: (Said & { source: string })[] = [];
  const known = new Known(protocol.councils, asOf, (event, line) => {
    if (event.subject !== participant) return;
    const { recordId } = event.data;
    const { id, time: recordedAt, source } = event;
    said.push({ event, kind: kindOf(event), recordId, id, recordedAt, line, source });
  });
  await readEvents(asked.events, known);
  const child = theOne(
    known
      .children()
      .filter((one) => one.child === participant && (council === undefined || one.council === council)),
    participant,
  );
  const feed = known.feedOf(child.council);
  const optedOut = new Set(out.map((one) => listKey(one.council, one.unit)));
  const found = participantOf(protocol, child, feed, listed, optedOut);
  const isOut = typeof found === 'string';
  return explainRecord(definition, horizons, {
    evaluation: protocol.id,
    asOf,
    child,
    feed,
    said: said.filter(({ source }) => source.endsWith(child.council)).map(({ source, ...one }) => one),
    index: isOut ? null : screenChild(protocol.population, recordsOf(child.newest), false).index,
    excluded: isOut ? found : null,
    flag: null,
  });
}
