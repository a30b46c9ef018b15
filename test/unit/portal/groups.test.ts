import { describe, expect, it } from 'vitest';
import { fakeStore, keys } from '../../browser/fake-store.ts';
import { api, portal, signedIn } from './opened.ts';

describe('outcomes by group', () => {
  const groups = '/evaluations/families-first-demonstration/groups';
  const readBy = async (get: Awaited<ReturnType<typeof signedIn>>, query: string) =>
    (await get(`${groups}?${query}`)).body;

  it('shows waves that are final, rounded, with the small ones hidden, and says that the others are not known', async () => {
    const get = await signedIn('researcher');
    const six = await readBy(get, 'outcome=care-entry&horizon=6&by=wave');
    expect(six).toContain('All 9 groups are final.');
    expect(six).toContain('November 2025');
    const figures = [...six.matchAll(/wm-cell-value">([\d,]+)</g)].map(([, text]) =>
      Number(text?.replace(',', '')),
    );
    expect(figures.length).toBeGreaterThan(20);
    for (const figure of figures) expect(figure % 10 === 0 && figure >= 10, String(figure)).toBe(true);
    expect(six.match(/class="wm-hidden"/g)).toHaveLength(12);
    expect(await readBy(get, 'horizon=12')).toContain('3 of 9 groups are final');
    const never = await readBy(get, 'horizon=18');
    expect(never).toContain('Not yet known');
    expect(never).not.toContain('<figure');
  });

  it('shows councils by name once every wave is final, and not before', async () => {
    const get = await signedIn('researcher');
    const six = await readBy(get, 'horizon=6&by=council');
    expect(six).toContain('Walsall');
    expect(six).not.toContain('E08000030');
    expect(six).toContain('Each dot is a council');
    expect(six).toContain('No council lies outside the dashed lines.');
    expect(await readBy(get, 'horizon=6&by=wave')).not.toContain('Each dot is a council');
    const twelve = await readBy(get, 'horizon=12&by=council');
    expect(twelve).toContain('Numbers by council are shown once every child has been followed long enough');
    expect(twelve).not.toContain('Walsall');
  });

  it('gives the same as JSON, and nothing of a blinded evaluation', async () => {
    portal();
    const url = '/api/v1/evaluations/families-first-demonstration/groups?horizon=6&by=council';
    const { groups: all, disclosure, final } = (await api(url, keys.researcher)).json();
    expect(all).toHaveLength(10);
    expect(final).toBe(10);
    expect(all[0]).toMatchObject({
      name: expect.stringMatching(/^[A-Z]/),
      trial: { matured: expect.any(Number) },
    });
    expect(disclosure).toEqual({ threshold: 10, roundedTo: 10 });
    const blinded = await api('/api/v1/evaluations/blinded-evaluation/groups', keys.researcher);
    expect(blinded.json().error.code).toBe('blinded');
  });

  it.each([
    ['total-hidden', 'because the numbers of all children together are hidden in part'],
    ['narrow', 'the number of a few children could be worked out'],
  ] as const)('says why nothing is shown: %s', async (withheld, words) => {
    const { groups: found } = fakeStore();
    const get = await signedIn('researcher', {
      groups: async (slug, asked) => {
        const whole = await found(slug, asked);
        return whole && { ...whole, groups: [], withheld };
      },
    });
    const body = await readBy(get, 'horizon=6');
    expect(body).toContain(words);
    expect(body).not.toContain('<figure');
  });
});
