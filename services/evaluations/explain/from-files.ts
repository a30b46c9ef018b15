// One child of an events file, as `waymark evaluate` sees it, with every line about it.
import { kindOf } from '../../../schemas/case-event.ts';
import type { Said } from '../../outcomes/explain.ts';
import { recordsOf } from '../../outcomes/live-records.ts';
import { screenChild } from '../eligibility.ts';
import { listKey } from '../evaluate/allocation.ts';
import { allottedIn } from '../evaluate/allotted-files.ts';
import { dayOf } from '../evaluate/command.ts';
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
  councils?: string;
  optOuts?: string;
}

/** The whole file, and every statement under these pseudonyms by itself. */
async function heard(
  events: string,
  councils: readonly string[],
  asOf: string | null,
  pseudonyms: readonly string[],
) {
  const said: (Said & { source: string })[] = [];
  const known = new Known(councils, asOf, (event, line) => {
    if (!pseudonyms.includes(event.subject)) return;
    const { recordId } = event.data;
    const { id, time: recordedAt, source, subject: child } = event;
    said.push({ event, kind: kindOf(event), child, recordId, id, recordedAt, line, source });
  });
  await readEvents(events, known);
  return { known, said };
}

/** @throws UserError for a file, a day, an outcome, a horizon or a participant that cannot be used */
export async function explainFiles(asked: FilesAsked): Promise<ExplainRecord> {
  const { participant, council } = asked;
  const asOf = dayOf(asked.asOf);
  const protocol = await readProtocol(asked.protocol);
  const definition = outcomeNamed(protocol, asked.outcome);
  const horizons = horizonsAsked(protocol, asked.horizon);
  const allotted = await allottedIn(protocol, asked, asOf);
  const out = asked.optOuts === undefined ? [] : await readOptOuts(asked.optOuts);
  const { known, said } = await heard(asked.events, protocol.councils, asOf, [participant]);
  const child = theOne(
    known
      .children()
      .filter(
        (one) => one.pseudonyms.includes(participant) && (council === undefined || one.council === council),
      ),
    participant,
  );
  // What was said under its other pseudonyms is found once they are known.
  const all =
    child.pseudonyms.length > 1
      ? (await heard(asked.events, protocol.councils, asOf, child.pseudonyms)).said
      : said;
  const feed = known.feedOf(child.council);
  const optedOut = new Set(out.map((one) => listKey(one.council, one.unit)));
  const found = participantOf(protocol, child, feed, allotted, optedOut);
  const isOut = typeof found === 'string';
  return explainRecord(definition, horizons, {
    evaluation: protocol.id,
    asOf,
    child,
    feed,
    said: all.filter(({ source }) => source.endsWith(child.council)).map(({ source, ...one }) => one),
    index: isOut ? null : screenChild(protocol.population, recordsOf(child.newest), false).index,
    excluded: isOut ? found : null,
    flag: null,
  });
}
