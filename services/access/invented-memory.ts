// What the invented sign-in service remembers, while it runs: every record until its time, and none after.
import type { Adapter, AdapterPayload } from 'oidc-provider';

interface Kept {
  payload: AdapterPayload;
  until: number;
}

/** An adapter for oidc-provider; each call has a memory of its own. */
export function rememberingAdapter(): (model: string) => Adapter {
  const kept = new Map<string, Kept>();
  const standing = (key: string): AdapterPayload | undefined => {
    const found = kept.get(key);
    if (!found || found.until > Date.now()) return found?.payload;
    kept.delete(key);
    return undefined;
  };
  const first = (model: string, matches: (payload: AdapterPayload) => boolean) =>
    [...kept.keys()]
      .filter((key) => key.startsWith(`${model}:`))
      .map(standing)
      .find((payload) => payload !== undefined && matches(payload));
  return (model) => ({
    async upsert(id, payload, expiresIn) {
      for (const [key, { until }] of kept) if (until <= Date.now()) kept.delete(key);
      kept.set(`${model}:${id}`, { payload, until: Date.now() + (expiresIn ?? 600) * 1_000 });
    },
    find: async (id) => standing(`${model}:${id}`),
    findByUid: async (uid) => first(model, (payload) => payload.uid === uid),
    findByUserCode: async (code) => first(model, (payload) => payload.userCode === code),
    async consume(id) {
      const payload = standing(`${model}:${id}`);
      if (payload) payload.consumed = Math.floor(Date.now() / 1_000);
    },
    async destroy(id) {
      kept.delete(`${model}:${id}`);
    },
    async revokeByGrantId(grantId) {
      for (const [key, { payload }] of kept) if (payload.grantId === grantId) kept.delete(key);
    },
  });
}
