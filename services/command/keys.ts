// `waymark keys`: which keys there are, and how one is stopped or replaced. A key's text is shown once, when it is made.
import { type Command, InvalidArgumentError } from 'commander';
import { type KeyEntry, listKeys, revokeKey, rotateKey } from '../platform/access.ts';
import { print, withDatabase } from './context.ts';

interface Json {
  json?: boolean;
}

const days = (text: string): number => {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('give whole days, 0 to 999');
  return Number(text);
};

const words = ({ id, role, council, label, createdAt, revokedAt, lastUsedAt }: KeyEntry): string => {
  const stops =
    revokedAt === null
      ? ''
      : new Date(revokedAt) > new Date()
        ? `  stops ${revokedAt}`
        : `  stopped ${revokedAt}`;
  const used = lastUsedAt === null ? 'never used' : `last used ${lastUsedAt}`;
  return `${id}  ${role}${council ? ` ${council}` : ''}  ${label}  made ${createdAt}  ${used}${stops}`;
};

export function registerKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description('List, revoke and replace API keys (made with waymark key)');
  keys
    .command('list')
    .description('List keys by id; their texts are not known')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: Json) => {
      const all = await withDatabase(listKeys);
      print(json, all, () => (all.length === 0 ? ['No key was made yet.'] : all.map(words)));
    });
  keys
    .command('revoke <id>')
    .description('Stop a key; the gateway forgets it within ten seconds')
    .option('--json', 'print one JSON document')
    .action(async (id: string, { json }: Json) => {
      const revoked = await withDatabase((db) => revokeKey(db, id));
      print(json, revoked, () => [words(revoked)]);
    });
  keys
    .command('rotate <id>')
    .description(
      'Make a new key for the holder of this one, which stops after the overlap; the new key is shown once',
    )
    .option('--overlap-days <days>', 'how long the old key goes on', days, 7)
    .option('--json', 'print one JSON document')
    .action(async (id: string, { overlapDays, json }: Json & { overlapDays: number }) => {
      const { key, old } = await withDatabase((db) => rotateKey(db, id, overlapDays));
      print(json, { key, old }, () => [key]);
    });
}
