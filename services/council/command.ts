// `waymark council …`: what an analyst of a council runs. Identifiers stay on this side of every command.
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { convert, purge } from './convert-command.ts';
import { conversionFlags, tell } from './convert-options.ts';
import { generateKey } from './key-file.ts';
import { pseudonyms } from './pseudonyms-command.ts';
import { send } from './send-command.ts';
import { watch } from './watch-command.ts';

const positive = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('give a whole number from 1 on.');
  return number;
};

const deliveryFlags = (command: Command): Command =>
  conversionFlags(command, false)
    .option('--gateway <url>', 'address of the gateway')
    .option('--api-key-file <file>', 'private file with the API key of this council')
    .option('--spool <folder>', 'where messages wait until they are accepted', join('.waymark', 'spool'))
    .option('--batch-lines <number>', 'messages in a batch', positive, 500)
    .option('--patience <seconds>', 'how long to wait for a gateway that does not answer', positive, 600)
    .option(
      '--ca-file <file>',
      'certificates (PEM) of the authority that signed the gateway, beside the usual ones',
    )
    .option('--allow-http', 'reach the gateway without encryption (a closed test network only)');

/** Adds `council` and its commands. */
export function registerCouncil(program: Command): void {
  const council = program
    .command('council')
    .description('runs inside a council: returns to pseudonymised case events, and their delivery');
  council
    .command('keygen')
    .description('make a pseudonym key: keep it safe and never send it')
    .requiredOption('--out <file>', 'where to write it; an existing file is never overwritten')
    .option('--json', 'print one JSON object')
    .action(async (flags: { out: string; json?: boolean }) => {
      await generateKey(flags.out);
      tell(
        flags,
        { keyFile: flags.out },
        `A new key is in ${flags.out}. Back it up where only its keepers can read it.`,
      );
    });
  council
    .command('pseudonyms')
    .description(
      'list the pseudonyms of children, families or teams by id; with --new-key, old and new pseudonyms without ids',
    )
    .argument('<list>', 'CSV with a heading and ids in its first column')
    .addOption(
      new Option('--of <kind>', 'what the ids are of').choices(['child', 'family', 'team']).default('child'),
    )
    .requiredOption('--key <file>', 'pseudonym key')
    .requiredOption('--out <file>', 'where to write the list; an existing file is never overwritten')
    .option('--new-key <file>', 'the key that comes after it: the list then holds no id')
    .option('--crosswalk <file>', 'as given to convert, when the ids are those of SSDA903')
    .option('--json', 'print one JSON object')
    .action(pseudonyms);
  conversionFlags(
    council
      .command('convert')
      .description('convert returns and feeds, and report on them; nothing is sent')
      .argument(
        '<files...>',
        'CIN census XML, SSDA903 XML or CSV tables, daily feed JSON, Safeguarding Dataset CSV',
      ),
    true,
  )
    .option(
      '--out <file>',
      'write the messages as NDJSON; - for standard output (the report then goes to standard error)',
    )
    .action(convert);
  council
    .command('purge')
    .description(
      'make the purges of everything that was sent: to leave a study, or before the key is changed',
    )
    .argument('<files...>', 'NDJSON of what was sent')
    .requiredOption('--out <file>', 'write the purges as NDJSON')
    .option('--recorded-at <time>', 'when they are recorded, as 2026-04-01T06:00:00Z; else now')
    .option('--json', 'print one JSON object')
    .action(purge);
  deliveryFlags(
    council
      .command('send')
      .description('deliver returns or converted messages, and whatever still waits in the spool')
      .argument('[files...]', 'returns, or NDJSON written by convert; none: only what waits in the spool'),
  )
    .option(
      '--forget-refused',
      'count what was refused earlier as settled: it was mended and sent, was no record, or a gap was declared for it',
    )
    .option('--dry-run', 'print exactly the lines that would leave, and connect to nothing')
    .action(send);
  deliveryFlags(
    council
      .command('watch')
      .description(
        'deliver whatever lands in a folder, until stopped; prints one line of JSON for each delivery',
      )
      .argument('<folder>', 'where returns, feeds or converted messages are put'),
  )
    .option('--every <seconds>', 'how often to look', positive, 30)
    .option('--once', 'deliver what is there and stop')
    .action(watch);
}
