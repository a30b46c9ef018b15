// What `waymark evaluation status` tells people.
import { expect, it } from 'vitest';
import { statusLines } from '../../../services/command/lifecycle.ts';
import type { EvaluationStatus } from '../../../services/evaluations/status.ts';

function signed(...by: [signer: string, name: string][]): string | undefined {
  const protocolHash = 'a'.repeat(64);
  const status: EvaluationStatus = {
    ...{ evaluation: 'trial', title: 'A trial', dataSource: 'sample', protocolHash, stage: 'registered' },
    ...{ paused: false, unblinded: null, deviations: [], head: null, next: [], pooled: [], milestones: [] },
    ...{ flow: { screened: 0, enrolled: 0, excluded: [], flags: [] }, superseded: [] },
    signatures: by.map(([signer, name], at) => ({
      ...{ signer, name, protocolHash, signature: String(at), publicKey: String(at), at: '2026-01-01' },
    })),
  };
  return statusLines(status).find((line) => line.startsWith('Protocol '));
}

it('names each person who signed once, and two people of one name twice', () => {
  expect(signed()).toMatch(/; nobody has signed\.$/);
  expect(signed(['ada', 'Ada'], ['ben', 'Ben'], ['ada', 'Ada'])).toMatch(/; signed by Ada, Ben\.$/);
  expect(signed(['ada', 'Ada'], ['ada-2', 'Ada'])).toMatch(/; signed by Ada, Ada\.$/);
});
