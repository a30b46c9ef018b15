// `waymark grant | revoke | grants`: who may act as what. Everything that is changed here stands in the audit log.
import { type Command, Option } from 'commander';
import { type GrantEntry, grant, grants, rebind, revoke } from '../access/grants.ts';
import { evaluationRoles, type PersonRole, personRoles, roleWords } from '../access/roles.ts';
import { UserError } from '../platform/errors.ts';
import { print, withDatabase } from './context.ts';

interface Options {
  role?: PersonRole;
  evaluation?: string;
  everyEvaluation?: boolean;
  council?: string;
  name?: string;
  by: string;
  rebind?: boolean;
  json?: boolean;
}

const who = 'an e-mail address, or subject: and the sub of the sign-in service';

const words = (entry: GrantEntry): string => {
  const { who: whom, name, role, evaluation, council, grantedAt, grantedBy, revokedAt, revokedBy } = entry;
  const what = council ?? evaluation ?? (evaluationRoles.includes(role) ? 'every evaluation' : '');
  const ended = revokedAt === null ? '' : `, revoked ${revokedAt} by ${revokedBy}`;
  const waiting = entry.signedIn ? '' : ', has not signed in yet';
  return `${whom}  ${name}  ${role}${what && ` ${what}`}  granted ${grantedAt} by ${grantedBy}${ended}${waiting}`;
};

async function grantRole(whom: string, options: Options): Promise<void> {
  const { role, evaluation = null, everyEvaluation, council = null, name = null, by, json } = options;
  if (options.rebind) {
    await withDatabase((db) => rebind(db, whom, by));
    return print(json, { who: whom, rebound: true }, () => [
      `${whom} is bound to the account that signs in next.`,
    ]);
  }
  if (role === undefined) throw new UserError('bad-option', 'Give --role, or --rebind.', { field: 'role' });
  if (evaluationRoles.includes(role) && (evaluation === null) === (everyEvaluation === undefined))
    throw new UserError(
      'bad-option',
      `For the role ${role} give either --evaluation or --every-evaluation.`,
      {
        field: 'evaluation',
      },
    );
  const granting = { who: whom, role, evaluation, council };
  const { added } = await withDatabase((db) => grant(db, granting, by, name));
  print(json, { ...granting, added }, () => [
    added ? `${whom} is ${role} from now on.` : 'That was granted already.',
  ]);
}

async function revokeRoles(whom: string, options: Options): Promise<void> {
  const { role = null, evaluation = null, council = null, by, json } = options;
  const { revoked } = await withDatabase((db) => revoke(db, { who: whom, role, evaluation, council }, by));
  print(json, { who: whom, revoked }, () => [
    revoked === 0 ? 'No such grant stood.' : `${revoked} revoked; open sessions end within seconds.`,
  ]);
}

const roleOption = () =>
  new Option('--role <role>', personRoles.map((role) => `${role}: ${roleWords[role]}`).join('; ')).choices(
    personRoles,
  );

export function registerGrants(program: Command): void {
  program
    .command('grant <who>')
    .description(`Grant a person a role (${who})`)
    .addOption(roleOption())
    .option('--evaluation <id>', 'the one evaluation that the role is granted for')
    .option('--every-evaluation', 'every evaluation, those to come too')
    .option('--council <code>', 'the council, for the role council')
    .option('--name <name>', 'what the person is called, unless known already')
    .option('--rebind', 'forget which account is the person’s: the next to sign in as them is')
    .requiredOption('--by <name>', 'who grants it')
    .option('--json', 'print one JSON document')
    .action(grantRole);
  program
    .command('revoke <who>')
    .description(`Revoke what a person was granted, all of it or a part (${who})`)
    .addOption(roleOption())
    .option('--evaluation <id>', 'only grants for this evaluation')
    .option('--council <code>', 'only grants for this council')
    .requiredOption('--by <name>', 'who revokes it')
    .option('--json', 'print one JSON document')
    .action(revokeRoles);
  program
    .command('grants')
    .description('List what was granted to whom')
    .option('--all', 'what was revoked too')
    .option('--json', 'print one JSON document')
    .action(async ({ all, json }: { all?: boolean; json?: boolean }) => {
      const listed = await withDatabase((db) => grants(db, all));
      print(json, listed, () => (listed.length === 0 ? ['Nothing was granted yet.'] : listed.map(words)));
    });
}
