// The sample returns: synthetic, dirty on purpose, and honest about it. They go the whole way that a council's returns go.
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Protocol } from '../../../schemas/protocol.ts';
import { convertReturn } from '../../council/convert.ts';
import type { CouncilEntry } from '../../evaluations/register.ts';
import { careEntry, headlineOutcomes } from '../../outcomes/definitions.ts';
import type { Delivery } from './deliver.ts';

const folder = fileURLToPath(new URL('../../../test/data/', import.meta.url));

/** Codes beyond any that the ONS has given out. */
const dirty: CouncilEntry = {
  code: 'E06999901',
  name: 'Sample council (whole returns)',
  dataSource: 'sample',
};
const single: CouncilEntry = {
  code: 'E06999902',
  name: 'Sample council (single children)',
  dataSource: 'sample',
};
export const sampleCouncils = [dirty, single];

/** Arms are drawn for show: nobody was treated, so no difference means anything. */
export const sampleProtocol: Protocol = {
  protocolVersion: 1,
  id: 'sample-returns',
  title: 'Sample returns: CIN census and SSDA903',
  question:
    'Does a return that a council really makes come out at the other end as outcomes, with its faults in view?',
  dataSource: 'sample',
  design: 'randomised',
  councils: sampleCouncils.map(({ code }) => code),
  population: {
    index: { record: 'referral', countNoFurtherAction: true },
    from: '2010-01-01',
    to: '2026-03-31',
  },
  unit: 'child',
  allocation: { method: 'seeded', seed: 'sample-returns-for-show', trialShare: 0.5 },
  arms: { trial: 'Drawn as trial', comparison: 'Drawn as comparison' },
  waves: 'year',
  horizons: [6, 12, 18],
  outcomes: [...headlineOutcomes],
  primary: { outcome: careEntry.id, horizon: 12 },
  disclosure: { threshold: 10 },
};

/** Deliveries of the sample returns, under the pseudonym key of their councils. */
export async function sampleDeliveries(key: Uint8Array): Promise<Delivery[]> {
  const census = await readdir(`${folder}cin-census`);
  const whole = [
    `${folder}cin-census/fake_CIN_data.xml`,
    ...['header', 'episodes', 'uasc'].map((table) => `${folder}ssda903/${table}.csv`),
  ];
  const singles = census
    .filter((name) => name.startsWith('CIN_Census_'))
    .map((name) => `${folder}cin-census/${name}`);
  return [
    {
      name: 'sample-whole-returns',
      council: dirty.code,
      messages: () => convertReturn({ files: whole, council: dirty.code, key, referenceDate: '2022-03-31' }),
    },
    {
      name: 'sample-single-children',
      council: single.code,
      messages: () =>
        convertReturn({
          files: singles,
          council: single.code,
          key,
          waiveRefused: 'made-up records that are wrong on purpose',
        }),
    },
  ];
}
