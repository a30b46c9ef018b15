// The matrix of routes and roles as a page: what the tests ask for is what is published.
import { type Answer, askers, matrix } from '../../access/matrix.ts';
import { personRoles, roleWords } from '../../access/roles.ts';

const marks: Record<Answer, string> = {
  opens: '**opens**',
  elsewhere: 'own page',
  'sign-in': 'sign-in',
  unknown: '401',
  refused: '403',
};

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export function accessMatrixPage(): string {
  const services = [...new Set(matrix.map(({ service }) => service))];
  return [
    '# Who may open what',
    'Each pair of a route and an asker is asked of the real servers by `test/integration/access/matrix.test.ts`; a route without an expectation fails it. Of an evaluation, a council or a trial that is not theirs even those who may open a route are told that it is not there, or see only their own: the last column.',
    personRoles.map((role) => `- **${role}** ${roleWords[role]}`).join('\n'),
    '- **allocator**: a key that enters units of one council into trials, and opens nothing else',
    ...services.map((service) =>
      [
        `## ${service.charAt(0).toUpperCase()}${service.slice(1)}`,
        '',
        row(['route', ...askers, 'of others']),
        row(['---', ...askers.map(() => '---'), '---']),
        ...matrix
          .filter((rule) => rule.service === service)
          .map(({ method, path, answers, foreign }) =>
            row([`\`${method} ${path}\``, ...askers.map((asker) => marks[answers[asker]]), foreign ?? '']),
          ),
      ].join('\n'),
    ),
  ].join('\n\n');
}
