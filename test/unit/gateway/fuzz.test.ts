// A short run of what `node --import tsx test/fuzz/api.ts` does at length.
import { expect, test } from 'vitest';
import { fuzz } from './fuzzed-requests.ts';

test('whatever is sent to gateway and portal is answered as documented, and every line is accounted for', async () => {
  const tried = await fuzz(2_000, 20_261_126);
  const ofGateway = [...tried.keys()]
    .filter((name) => name.startsWith('gateway POST'))
    .map((name) => name.slice(-3));
  expect(ofGateway, 'the inputs reach every way of answering').toEqual(
    expect.arrayContaining(['202', '400', '401', '403', '415', '422']),
  );
});
