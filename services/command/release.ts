// `waymark release`: draft, checks by the rules, a second person for what they cannot settle, publication, supersession.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Audience, type ReleaseFinding } from '../../schemas/release.ts';
import type { Database } from '../platform/database.ts';
import { type HeldPanel, heldPanels, type Release, releaseNumbered, releases } from '../releases/standing.ts';
import * as steps from '../releases/steps.ts';
import { verifyRelease } from '../releases/verify.ts';
import { print, withDatabase } from './context.ts';

interface Json {
  json?: boolean;
}
interface By extends Json {
  by: string;
}

const numberOf =
  (what: string) =>
  (text: string): number => {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError(`give the number of ${what}`);
    return Number(text);
  };
const number = numberOf('a release');

/** The release made again from what is stored. @throws UserError `differs` with the first differing field */
export const verified = (id: number) => withDatabase((db) => verifyRelease(db, id), 'waymark_tracker');

/** What anybody may read of a release: everything but the bytes, which `show --body` prints. */
function outline(release: Release) {
  const { check, published, supersededBy, steps: taken, ...rest } = release;
  return {
    ...rest,
    findings: check?.findings ?? [],
    hash: published?.hash ?? null,
    permalink: published?.permalink ?? null,
    supersededBy,
    steps: taken.map(({ seq, step, by, at, note, login = null, signedIn = null }) => ({
      ...{ seq, step, by, at, note, login, signedIn },
    })),
  };
}

const findingWords = (
  findings: readonly (Omit<ReleaseFinding, 'outcome'> & Partial<Pick<ReleaseFinding, 'outcome'>>)[],
) =>
  findings.map(
    ({ outcome, arm, horizons, what, reason }) =>
      `  ${reason}: ${what}${outcome ? ` of ${outcome}` : ''}${arm ? `, ${arm}` : ''}${horizons.length > 0 ? ` at ${horizons.join(' and ')} months` : ''}`,
  );

export function releaseLines(release: Release): string[] {
  const { id, title, evaluation, analysis, audience, state, published, supersededBy, steps: taken } = release;
  return [
    `Release ${id}: ${title}. ${evaluation}${analysis === null ? '' : `, the effects of analysis ${analysis}`}, for ${audience}; ${state}.`,
    ...taken.map(
      ({ step, by, at, note, login, signedIn }) =>
        `  ${at.slice(0, 16)} ${step} by ${by}${signedIn ? ' (signed in)' : login ? ` (named by the login ${login})` : ''}${note ? `: ${note}` : ''}`,
    ),
    ...(state === 'waiting'
      ? ['The rules do not settle:', ...findingWords(release.check?.findings ?? [])]
      : []),
    ...(published ? [`/releases/${published.permalink}  SHA-256 ${published.hash}`] : []),
    ...(supersededBy
      ? [`Superseded by release ${supersededBy.by}: /releases/${supersededBy.permalink}`]
      : []),
  ];
}

const heldLines = ({ evaluation, outcome, audience, since, corrected, findings }: HeldPanel): string[] => [
  `Live numbers of ${outcome} of ${evaluation} are held back from ${audience} since ${since.slice(0, 16)}${corrected ? ', after a correction' : ''}:`,
  // Held panels name horizons by their place in the protocol.
  ...findingWords(findings.map((finding) => ({ ...finding, horizons: [] }))),
];

/** Takes a step in the store; the relay tells the release's workflow of it. */
async function step({ json }: Json, act: (db: Database) => Promise<Release>): Promise<void> {
  const release = await withDatabase(act);
  print(json, outline(release), () => releaseLines(release));
}

export function registerRelease(program: Command): void {
  const release = program
    .command('release')
    .description(
      'What leaves an evaluation: drafted, checked, decided on by a second person, published, superseded',
    );
  const command = (name: string, words: string) =>
    release.command(name).description(words).option('--json', 'print one JSON document');
  const decision = (
    name: string,
    words: string,
    act: (db: Database, taken: { id: number; by: string; note: string }) => Promise<Release>,
  ) =>
    command(`${name} <release>`, words)
      .requiredOption(
        '--by <name>',
        'who decides; never who drafted it. The login that runs the command is kept too',
      )
      .requiredOption('--reason <text>', 'why')
      .action((id: string, { by, reason, json }: By & { reason: string }) =>
        step(json ? { json } : {}, (db) => act(db, { id: number(id), by, note: reason })),
      );

  command(
    'draft',
    'Keep an evaluation’s result as it is now, or name one of its analyses, and have the rules check it',
  )
    .requiredOption('--evaluation <id>', 'an unblinded evaluation')
    .option(
      '--analysis <number>',
      'the effects of this kept analysis, in the place of counts',
      numberOf('an analysis'),
    )
    .addOption(
      new Option('--audience <who>', 'who will see it').choices(Audience.options).default('researchers'),
    )
    .requiredOption('--title <text>', 'what it is called')
    .requiredOption('--by <name>', 'who drafts it')
    .action(async ({ json, ...draft }: By & steps.Draft) =>
      step(json ? { json } : {}, async (db) => releaseNumbered(db, await steps.draftRelease(db, draft))),
    );
  command(
    'check <release>',
    'Print the output record: what the rules found, for a checker of outputs',
  ).action(async (id: string, { json }: Json) => {
    const found = await withDatabase((db) => releaseNumbered(db, number(id)));
    const { record = null, findings = [] } = found.check ?? {};
    print(json, { release: found.id, state: found.state, record }, () =>
      record === null
        ? [`Release ${found.id} is being checked: ask again in a moment.`]
        : [
            `Release ${found.id}: ${record.status}, ${record.files[0]?.sdc.summary.hidden} numbers hidden.`,
            ...findingWords(findings),
          ],
    );
    if (record?.status === 'review') process.exitCode = 1;
  });
  decision('approve', 'Let through what the rules do not settle', steps.approveRelease);
  decision('refuse', 'Keep a release from being published, for good', steps.refuseRelease);
  command(
    'publish <release>',
    'Publish what the rules settle or a second person approved; judged once more before',
  )
    .requiredOption('--by <name>', 'who publishes it')
    .action((id: string, { by, json }: By) =>
      step(json ? { json } : {}, (db) => steps.askToPublish(db, { id: number(id), by })),
    );
  command(
    'supersede <release>',
    'Put a newer published release in the place of this one, which keeps its permalink',
  )
    .requiredOption('--with <release>', 'the newer one', number)
    .requiredOption('--by <name>', 'who decides so')
    .requiredOption('--reason <text>', 'why')
    .action((id: string, { by, reason, with: newer, json }: By & { reason: string; with: number }) =>
      step(json ? { json } : {}, (db) =>
        steps.supersedeRelease(db, { id: number(id), by, note: reason, with: newer }),
      ),
    );
  command('list', 'List releases, newest first, and live numbers that are held back').action(
    async ({ json }: Json) => {
      const { all, held } = await withDatabase(async (db) => ({
        all: await releases(db),
        held: await heldPanels(db),
      }));
      print(json, { releases: all.map(outline), held }, () => [
        ...(all.length === 0 ? ['Nothing was released yet.'] : all.map((one) => releaseLines(one)[0] ?? '')),
        ...held.flatMap(heldLines),
      ]);
    },
  );
  command('show <release>', 'Show a release: its steps, or with --body its bytes as they were frozen')
    .option('--body', 'print the published bytes and nothing else')
    .action(async (id: string, { body, json }: Json & { body?: boolean }) => {
      const found = await withDatabase((db) => releaseNumbered(db, number(id)));
      if (body && found.published) process.stdout.write(found.published.body);
      else print(json, outline(found), () => releaseLines(found));
    });
}
