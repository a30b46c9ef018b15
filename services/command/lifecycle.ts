// The steps of an evaluation's life, from a terminal: each one is refused with its reason, or told by where it leads.
import { readFile, writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { type Stage, stages } from '../../schemas/lifecycle.ts';
import { exclusionWords } from '../evaluations/eligibility.ts';
import { readOptOuts, readProtocol } from '../evaluations/evaluate/input-files.ts';
import { type Evaluation, evaluationNamed } from '../evaluations/evaluation.ts';
import { standingOf, verifyChain } from '../evaluations/lifecycle/chain.ts';
import { registrationDocument } from '../evaluations/lifecycle/document.ts';
import { newKeyPair, publicKeyOf, signProtocol } from '../evaluations/lifecycle/signatures.ts';
import { bindSigner, registerSigner, signers } from '../evaluations/lifecycle/signers.ts';
import type { Standing } from '../evaluations/lifecycle/standing.ts';
import * as steps from '../evaluations/lifecycle/steps.ts';
import { importOptOuts } from '../evaluations/register.ts';
import { type EvaluationStatus, evaluationStatus } from '../evaluations/status.ts';
import { wakeEvaluation } from '../evaluations/wake.ts';
import type { Database } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';
import { endFollowUp } from '../tracker/reset.ts';
import { print, withDatabase, withTemporal } from './context.ts';

interface Json {
  json?: boolean;
}
interface By extends Json {
  by: string;
}

const BY: [string, string] = ['--by <name>', 'who takes this step'];
const JSON_OPTION: [string, string] = ['--json', 'print one JSON document'];

async function present(db: Database, slug: string): Promise<Evaluation> {
  const evaluation = await evaluationNamed(db, slug);
  if (evaluation) return evaluation;
  throw new UserError('unknown-evaluation', `There is no evaluation ${slug}.`, { field: 'evaluation' });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError('unreadable-file', `The file ${file} cannot be read: ${(error as Error).message}.`, {
      file,
    });
  }
}

/** Takes one step and tells where the evaluation stands after it. */
async function step(
  slug: string,
  { by, json }: By,
  act: (db: Database, taken: steps.Taken) => Promise<Standing>,
): Promise<void> {
  const standing = await withDatabase((db) => act(db, { slug, by, at: new Date() }));
  const { stage, paused, unblinded, protocolHash, entries, head } = standing;
  print(json, { evaluation: slug, stage, paused, unblinded, protocolHash, entries, head }, () => [
    `${slug} is ${stage}${paused ? ', paused' : ''}${unblinded ? ', unblinded' : ''}. Entry ${entries}: ${head}`,
  ]);
}

/** Each person once, however often they signed. */
function signedBy({ signatures }: Pick<EvaluationStatus, 'signatures'>): string {
  const names = [...new Map(signatures.map(({ signer, name }) => [signer, name])).values()];
  return names.length === 0 ? 'nobody has signed' : `signed by ${names.join(', ')}`;
}

export function statusLines(status: EvaluationStatus): string[] {
  const { flow } = status;
  return [
    `${status.title} (${status.evaluation})`,
    `Stage ${status.stage}${status.paused ? ', paused' : ''}; ${status.unblinded ? `unblinded (${status.unblinded.reason})` : 'blinded'}.`,
    `Protocol ${status.protocolHash}; ${signedBy(status)}.`,
    `Next: ${status.next.join('; ')}`,
    `${flow.screened} screened = ${flow.enrolled} enrolled + ${flow.screened - flow.enrolled} excluded.`,
    ...flow.excluded.map(({ reason, count }) => `  ${count} ${exclusionWords[reason]}`),
    ...flow.flags.map(({ flag, count }) => `  of the enrolled, ${count} ${flag}`),
    ...status.pooled.map(
      ({ outcome, horizon, atRisk, events }) =>
        `Both arms together, ${outcome} by ${horizon} months: ${events ?? 'few'} of ${atRisk} at risk so far.`,
    ),
    ...status.deviations.map(({ at, label, reason }) => `Deviation ${at}: ${label}. ${reason}`),
    ...status.milestones.map(
      ({ horizon, waves, frozen }) => `${horizon} months: ${frozen} of ${waves} waves frozen.`,
    ),
    ...status.superseded.map(
      ({ wave, horizon, changed, joined, gone }) =>
        `The ${horizon}-month figures of the wave of ${wave} are superseded by a candidate: ${changed} participants changed, ${joined} joined, ${gone} left.`,
    ),
  ];
}

/** Adds the steps to `waymark evaluation`. */
export function registerLifecycle(evaluation: Command): void {
  const command = (name: string, words: string) =>
    evaluation
      .command(name)
      .description(words)
      .option(...JSON_OPTION);

  command('status <id>', 'Say where an evaluation stands, who takes part and what comes next').action(
    async (slug: string, { json }: Json) => {
      const status = await withDatabase(async (db) => evaluationStatus(db, await present(db, slug)));
      print(json, status, () => statusLines(status));
    },
  );
  command('advance <id>', 'Take an evaluation to its next stage')
    .addOption(new Option('--to <stage>', 'the stage').choices(stages.slice(1)).makeOptionMandatory())
    .requiredOption(...BY)
    .action((slug: string, options: By & { to: Stage }) =>
      step(slug, options, (db, taken) => steps.advance(db, taken, options.to)),
    );
  command('revise <id> <protocol>', 'Put another protocol in the place of one that is not locked')
    .requiredOption(...BY)
    .action(async (slug: string, file: string, options: By) => {
      const protocol = await readProtocol(file);
      await step(slug, options, (db, taken) => steps.revise(db, taken, protocol));
    });
  command('sign <id>', 'Sign the protocol with an Ed25519 key of your own')
    .requiredOption('--signer <id>', 'the registered signer')
    .requiredOption('--key <file>', 'the signer’s private key, PEM')
    .action(async (slug: string, { signer, key, json }: Json & { signer: string; key: string }) => {
      const privatePem = await readText(key);
      await step(slug, { by: signer, ...(json && { json }) }, (db, { at }) =>
        steps.signEvaluation(db, { slug, signer, privatePem, at }),
      );
    });
  command('deviate <id>', 'Record a change after locking, with its reason; it follows every result')
    .requiredOption('--label <text>', 'what was changed, in a few words')
    .requiredOption('--reason <text>', 'why')
    .option('--protocol <file>', 'the changed protocol, when the document changes')
    .requiredOption(...BY)
    .action(async (slug: string, options: By & { label: string; reason: string; protocol?: string }) => {
      const { label, reason, protocol: file } = options;
      const protocol = file === undefined ? null : await readProtocol(file);
      await step(slug, options, (db, taken) => steps.deviate(db, taken, { label, reason, protocol }));
    });
  const reasoned = (
    name: string,
    words: string,
    act: (db: Database, taken: steps.Taken, reason: string) => Promise<Standing>,
  ) =>
    command(`${name} <id>`, words)
      .requiredOption('--reason <text>', 'why')
      .requiredOption(...BY)
      .action((slug: string, options: By & { reason: string }) =>
        step(slug, options, (db, taken) => act(db, taken, options.reason)),
      );
  reasoned('unblind', 'Let outcomes by arm be seen, with the reason', steps.unblind);
  reasoned('pause', 'Stop enrolling, computing and freezing until resumed', steps.pause);
  command('resume <id>', 'Go on after a pause')
    .requiredOption(...BY)
    .action((slug: string, options: By) => step(slug, options, steps.resume));
  command('reset <id>', 'Begin the follow-up anew: end its workflows, look at every cohort; figures stay')
    .requiredOption('--reason <text>', 'why; it stands with every workflow ended')
    .action(async (slug: string, { reason, json }: Json & { reason: string }) => {
      const evaluation = await withDatabase((db) => present(db, slug));
      const ended = await withTemporal((client) => endFollowUp(client, slug, reason));
      const children = await withDatabase((db) => wakeEvaluation(db, evaluation));
      print(json, { evaluation: slug, ended, children }, () => [
        `Ended ${ended.length} workflows. ${children} children are screened anew and their cohorts looked at.`,
      ]);
    });
  command('opt-out <list>', 'Import a CSV list (council, unit) of children and families that opted out')
    .requiredOption('--evaluation <id>', 'the evaluation’s id')
    .action(async (file: string, { evaluation: slug, json }: Json & { evaluation: string }) => {
      const units = await readOptOuts(file);
      const { added } = await withDatabase((db) => importOptOuts(db, slug, units));
      print(json, { added, known: units.length - added }, () => [
        `Added ${added} units; ${units.length - added} had opted out already.`,
      ]);
    });
  command('verify <id>', 'Check the chain of an evaluation’s life: order, hashes, signatures').action(
    async (slug: string, { json }: Json) => {
      const { standing, faults } = await withDatabase(async (db) => verifyChain(db, await present(db, slug)));
      print(json, { evaluation: slug, entries: standing.entries, head: standing.head, faults }, () =>
        faults.length === 0
          ? [`${standing.entries} entries hold together. Head: ${standing.head}`]
          : faults.map(({ seq, fault }) =>
              seq === null ? `Beside the chain: ${fault}` : `Entry ${seq} ${fault}`,
            ),
      );
      if (faults.length > 0) process.exitCode = 1;
    },
  );
  command(
    'register-document <id>',
    'Print the registration document: the protocol in words, hash, signatures',
  )
    .option('--out <file>', 'write it there')
    .action(async (slug: string, { json, out }: Json & { out?: string }) => {
      const markdown = await withDatabase(async (db) => {
        const invented = (await signers(db)).filter(({ simulated }) => simulated).map(({ id }) => id);
        const found = await present(db, slug);
        return registrationDocument(found, await standingOf(db, found.id), invented);
      });
      if (out !== undefined) await writeFile(out, markdown);
      print(json, { evaluation: slug, ...(out === undefined ? { markdown } : { file: out }) }, () => [
        out === undefined ? markdown.trimEnd() : `Written: ${out}`,
      ]);
    });
}

export function registerSigners(program: Command): void {
  const signer = program.command('signer').description('People who sign protocols, and their keys');
  signer
    .command('create <id>')
    .description(
      'Make an Ed25519 key pair: the private key is written for you alone, the public key registered',
    )
    .requiredOption('--name <name>', 'the person')
    .requiredOption('--key <file>', 'where the private key goes; nothing is overwritten')
    .option(...JSON_OPTION)
    .action(async (id: string, { name, key, json }: Json & { name: string; key: string }) => {
      const { privatePem, publicKey } = newKeyPair();
      try {
        await writeFile(key, privatePem, { mode: 0o600, flag: 'wx' });
      } catch (error) {
        throw new UserError('unwritable-file', `The key cannot be written: ${(error as Error).message}.`, {
          file: key,
        });
      }
      await withDatabase((db) => registerSigner(db, { id, name, publicKey, simulated: false }));
      print(json, { signer: id, publicKey: publicKey.toString('base64'), key }, () => [
        `${name} may sign. The private key is in ${key}: keep it to yourself.`,
      ]);
    });
  signer
    .command('register <id>')
    .description('Register the public key of a person who made a key elsewhere')
    .requiredOption('--name <name>', 'the person')
    .requiredOption('--public-key <file>', 'the Ed25519 public key, PEM')
    .option(...JSON_OPTION)
    .action(
      async (id: string, { name, publicKey: file, json }: Json & { name: string; publicKey: string }) => {
        const publicKey = publicKeyOf(await readText(file));
        await withDatabase((db) => registerSigner(db, { id, name, publicKey, simulated: false }));
        print(json, { signer: id, publicKey: publicKey.toString('base64') }, () => [`${name} may sign.`]);
      },
    );
  signer
    .command('bind <id>')
    .description('Say whose account at the sign-in service a signer is: that person signs on pages too')
    .requiredOption('--who <address>', 'the person’s e-mail address, as granted')
    .option(...JSON_OPTION)
    .action(async (id: string, { who, json }: Json & { who: string }) => {
      await withDatabase((db) => bindSigner(db, id, who));
      print(json, { signer: id, who }, () => [`${who} signs as ${id}.`]);
    });
  signer
    .command('sign <evaluation>')
    .description('Make a signature for a page, on your own machine: no database is asked and no key is sent')
    .requiredOption('--hash <hash>', 'the plan’s fingerprint, as the page shows it')
    .requiredOption('--key <file>', 'your private key, PEM')
    .option(...JSON_OPTION)
    .action(async (evaluation: string, { hash, key, json }: Json & { hash: string; key: string }) => {
      if (!/^[0-9a-f]{64}$/.test(hash))
        throw new UserError('bad-input', 'The hash must be a SHA-256, 64 hexadecimal digits.', {
          field: 'hash',
        });
      const made = signProtocol(await readText(key), evaluation, hash);
      const signature = made.signature.toString('base64');
      print(json, { evaluation, hash, publicKey: made.publicKey.toString('base64'), signature }, () => [
        signature,
      ]);
    });
  signer
    .command('list')
    .description('List the signers')
    .option(...JSON_OPTION)
    .action(async ({ json }: Json) => {
      const all = (await withDatabase(signers)).map(({ publicKey, ...one }) => ({
        ...one,
        publicKey: publicKey.toString('base64'),
      }));
      print(json, all, () => all.map(({ id, name, publicKey }) => `${id}  ${name}  ${publicKey}`));
    });
}
