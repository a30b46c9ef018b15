// The councils of a trial as the allocation service drew them, from the log that it prints. A log that was changed is refused.
import { z } from 'zod';
import { Concealed, CouncilDraw } from '../../../schemas/protocol/allocation.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { contentHash } from '../../platform/content-hash.ts';
import { UserError } from '../../platform/errors.ts';
import { Entry } from '../allocation/entry.ts';
import { Revealed } from '../allocation/secret.ts';
import { verifyLog } from '../allocation/verify.ts';
import type { DrawnCouncils } from './allocation.ts';
import { readText } from './input-files.ts';
import { endOfLondonDay } from './known.ts';

/** What `waymark allocation list --json` prints. */
const PrintedLog = z.object({
  evaluation: z.string(),
  commitment: z.string(),
  design: z.union([Concealed, CouncilDraw]),
  revealed: Revealed.nullable(),
  entries: z.array(Entry.extend({ hash: z.string() })),
});
type PrintedLog = z.infer<typeof PrintedLog>;

type Refuse = (field: string, sentence: string) => UserError;

function parsed(text: string, refuse: Refuse): PrintedLog {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refuse(
      '',
      `is not JSON (${(error as Error).message}): give what waymark allocation list --json prints`,
    );
  }
  const { data, error } = PrintedLog.safeParse(json);
  if (data) return data;
  const [issue] = error.issues;
  const field = issue?.path.join('.') ?? '';
  throw refuse(field, `is not what waymark allocation list --json prints: ${field} ${issue?.message}`);
}

/** Whether the log is of this protocol, and whole. */
function verify(log: PrintedLog, protocol: Protocol, refuse: Refuse): void {
  const { evaluation, design: draw, commitment, revealed, entries } = log;
  if (evaluation !== protocol.id)
    throw refuse('evaluation', `is the log of ${evaluation}, and the protocol is ${protocol.id}`);
  if (draw.method === 'concealed')
    throw refuse(
      'design.method',
      'is the log of a trial whose units are entered one by one: no council was drawn',
    );
  if (contentHash(draw) !== contentHash(protocol.allocation))
    throw refuse('design', 'holds a draw by another design than the protocol’s allocation');
  const of = { slug: evaluation, protocol };
  const [fault] = verifyLog({ evaluation: of, draw, commitment, revealed }, entries).problems;
  if (fault?.sequence === null)
    throw refuse(
      fault.problem === 'commitment' ? 'commitment' : 'entries',
      `is not what the revealed seed gives (${fault.problem})`,
    );
  if (fault)
    throw refuse(
      'entries',
      `was changed after it was printed: entry ${fault.sequence} is wrong (${fault.problem})`,
    );
}

/**
 * @param asOf what was drawn by the end of this Europe/London day is known; null: everything
 * @throws UserError `bad-councils`, naming the field, for a log of something else, or in which a council is missing, strange
 * or drawn twice
 */
export async function readDrawnCouncils(
  file: string,
  protocol: Protocol,
  asOf: string | null,
): Promise<DrawnCouncils> {
  const refuse: Refuse = (field, sentence) =>
    new UserError('bad-councils', `The file ${file} ${sentence}.`, { file, ...(field !== '' && { field }) });
  const log = parsed(await readText(file), refuse);
  verify(log, protocol, refuse);
  const until = asOf === null ? Number.POSITIVE_INFINITY : endOfLondonDay(asOf);
  const drawn = new Set<string>();
  const known = new Map<string, string | null>();
  log.entries.forEach(({ body, at }, place) => {
    const field = `entries.${place}.body`;
    if (body.kind !== 'council')
      throw refuse(`${field}.kind`, `gives a unit an arm (${body.kind}), and whole councils were drawn`);
    const { council, trialFrom } = body;
    if (!protocol.councils.includes(council))
      throw refuse(`${field}.council`, `draws ${council}, which is none of the protocol’s councils`);
    if (drawn.has(council)) throw refuse(`${field}.council`, `draws ${council} twice`);
    drawn.add(council);
    if (Date.parse(at) < until) known.set(council, trialFrom);
  });
  const missing = protocol.councils.find((council) => !drawn.has(council));
  if (missing !== undefined) throw refuse('entries', `does not say when ${missing} begins`);
  return known;
}
