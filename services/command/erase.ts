// `waymark erase`: a child's or a council's withdrawal, carried out to its certificate. `waymark erasures` lists them.
import { rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { erasure as erasureWorkflow } from '../../workflows/index.ts';
import { erasureId } from '../../workflows/messages.ts';
import type { Certificate } from '../erasure/carry-out.ts';
import { listErasures } from '../erasure/list.ts';
import { type ErasureEntry, type ErasureOrder, erasures, orderErasure } from '../erasure/order.ts';
import { UserError } from '../platform/errors.ts';
import { context, print, withDatabase, withTemporal } from './context.ts';

interface Json {
  json?: boolean;
}

export const entryNumbered = async (id: number): Promise<ErasureEntry> => {
  const found = (await withDatabase(erasures)).find((one) => one.id === id);
  if (found) return found;
  throw new UserError('unknown-erasure', `There is no erasure ${id}: waymark erasures lists them.`, {
    field: 'erasure',
  });
};

export function certificateLines({ text, hash }: { text: string; hash: string }): string[] {
  const certificate = JSON.parse(text) as Certificate;
  const { erasure, removed, remains, releases, milestones, kafka, notReached, frozenRule } = certificate;
  const counts = (of: Record<string, number>): string =>
    Object.entries(of)
      .map(([store, rows]) => `${rows} ${store}`)
      .join(', ') || 'nothing';
  return [
    `Erasure ${erasure} is complete. SHA-256 of the certificate: ${hash}`,
    `Removed: ${counts(removed)}.`,
    `Found in a search of every table: ${counts(remains)}.`,
    ...(milestones.length > 0 ? [`${milestones.length} frozen figures had counted them. ${frozenRule}`] : []),
    ...releases.map(
      ({ release, title, permalink }) =>
        `Release ${release}, ${title}, was published before: /releases/${permalink}`,
    ),
    ...kafka.map(({ topic, goneBy }) =>
      goneBy === null
        ? `Kafka keeps ${topic} for ever: give it a retention.`
        : `Gone from Kafka’s ${topic} by ${goneBy.slice(0, 10)}.`,
    ),
    ...notReached.map((words) => `Not reached: ${words}`),
  ];
}

/** What is told of an erasure, to programs and to people. */
export function told({ certificate, ...rest }: ErasureEntry): { value: object; lines: string[] } {
  const { id } = rest;
  return {
    value: {
      ...rest,
      certificate: certificate && { ...JSON.parse(certificate.text), hash: certificate.hash },
    },
    lines: certificate
      ? certificateLines(certificate)
      : [`Erasure ${id} is being carried out: waymark erasures ${id} shows its certificate once it is.`],
  };
}

async function show(entry: ErasureEntry, json: boolean | undefined): Promise<void> {
  const { value, lines } = told(entry);
  print(json, value, () => lines);
}

/** Starts the erasure's workflow, or finds it running, and waits for its end unless told not to. */
export async function carryOut(id: number, wait: boolean): Promise<void> {
  const { taskQueue } = context('command').config;
  await withTemporal(async (client) => {
    const handle = await client.workflow.start(erasureWorkflow, {
      ...{ workflowId: erasureId(id), taskQueue, args: [id] as [number] },
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    if (wait) await handle.result();
  });
}

/** Writes the list whole or not at all, for its owner's eyes alone: it holds pseudonyms. */
async function writeList(to: string, json: boolean | undefined): Promise<void> {
  const file = resolve(to);
  const list = await withDatabase(listErasures);
  await writeFile(`${file}.new`, `${JSON.stringify(list, null, 1)}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  print(json, { file, listedAt: list.listedAt, erasures: list.erasures.length }, () => [
    `${list.erasures.length} erasures in ${file}: keep it apart from the backups, and give it to every restore.`,
  ]);
}

export function registerErase(program: Command): void {
  program
    .command('erase')
    .description(
      'Remove everything of a child, or of a council that withdraws, and certify it; it cannot be undone',
    )
    .option('--child <pseudonym>', 'the child, c and 32 hexadecimal digits; its other pseudonyms go with it')
    .option('--council <code>', 'the child’s council; without --child, the council itself')
    .requiredOption('--reason <text>', 'why, 5 to 500 characters; it stands in the certificate')
    .requiredOption('--by <name>', 'who orders it')
    .option('--no-wait', 'return once it is ordered; the tracker carries it out')
    .option('--json', 'print one JSON document')
    .action(async ({ wait, json, ...order }: Json & ErasureOrder & { wait: boolean }) => {
      const id = await withDatabase((db) => orderErasure(db, order));
      if (!json) process.stderr.write(`Erasure ${id} is ordered: nothing of them is taken from now on.\n`);
      await carryOut(id, wait);
      await show(await entryNumbered(id), json);
      if (!json)
        process.stderr.write('Backups hold them still: waymark erasures --to FILE, for every restore.\n');
    });
  program
    .command('erasures')
    .description('List erasures, or show one with its certificate')
    .argument('[erasure]', 'its number', (text: string) => {
      if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('give the number of an erasure');
      return Number(text);
    })
    .option('--to <file>', 'write the list that waymark restore needs, with the pseudonyms in it')
    .option('--json', 'print one JSON document')
    .action(async (id: number | undefined, { json, to }: Json & { to?: string }) => {
      if (to !== undefined) return writeList(to, json);
      if (id !== undefined) return show(await entryNumbered(id), json);
      const all = await withDatabase(erasures);
      const outlines = all.map(({ certificate, ...rest }) => ({ ...rest, hash: certificate?.hash ?? null }));
      print(json, outlines, () =>
        all.length === 0
          ? ['Nothing was erased yet.']
          : all.map(
              ({ id: number, scope, of, orderedAt, by, certificate }) =>
                `${number}  ${scope === 'child' ? 'child of' : scope} ${of}  ${orderedAt.slice(0, 16)} by ${by}  ${certificate ? `certified ${certificate.hash}` : 'being carried out'}`,
            ),
      );
    });
}
