// What each role may open, route by route: the answers that test/integration/access/matrix.test.ts asks for of the real
// servers, and the table that is published. A route that is not here fails that test.
import { personRoles } from './roles.ts';

/** `nobody`: without a sign-in or a key. `allocator`: a key that enters units into trials. */
export const askers = ['nobody', ...personRoles, 'allocator'] as const;
export type Asker = (typeof askers)[number];

/**
 * `opens`: answered. `elsewhere`: led to a page of the asker's own. `sign-in`: led to signing in. `unknown`: 401. `refused`: 403.
 */
export type Answer = 'opens' | 'elsewhere' | 'sign-in' | 'unknown' | 'refused';

export interface RouteRule {
  service: 'portal' | 'gateway' | 'allocation';
  method: 'GET' | 'POST';
  /** As the router knows it. `/assets/*` stands for every style and script. */
  path: string;
  answers: Readonly<Record<Asker, Answer>>;
  /** What whoever may open the route is told of an evaluation, council or trial that is not theirs. */
  foreign?: 'not there' | 'only their own';
}

const ANALYSIS_READERS: readonly Asker[] = ['evaluator', 'output-checker', 'operator'];
const RESULT_READERS: readonly Asker[] = ['researcher', 'evaluator', 'output-checker', 'operator'];

const answering = (of: (asker: Asker) => Answer): RouteRule['answers'] =>
  Object.fromEntries(askers.map((asker) => [asker, of(asker)])) as Record<Asker, Answer>;

const everybody = answering(() => 'opens');
/** A page. An allocator cannot sign in here, so it stays nobody. */
const page = (open: readonly Asker[], own: readonly Asker[] = []) =>
  answering((asker) => {
    if (asker === 'nobody' || asker === 'allocator') return 'sign-in';
    if (own.includes(asker)) return 'elsewhere';
    return open.includes(asker) ? 'opens' : 'refused';
  });
const api = (open: readonly Asker[]) =>
  answering((asker) =>
    asker === 'nobody' || asker === 'allocator' ? 'unknown' : open.includes(asker) ? 'opens' : 'refused',
  );
/** What a page asks for by itself. */
const unattended = api;
/** A machine's interface: one kind of key opens it. */
const forKeysOf = (one: Asker) =>
  answering((asker) => (asker === 'nobody' ? 'unknown' : asker === one ? 'opens' : 'refused'));
/** Pages of the allocation service: only an allocator's key signs in there. */
const allocationPage = answering((asker) => (asker === 'allocator' ? 'opens' : 'sign-in'));

const portal = (path: string, answers: RouteRule['answers'], more: Partial<RouteRule> = {}): RouteRule => ({
  service: 'portal',
  method: 'GET',
  path,
  answers,
  ...more,
});
const post = { method: 'POST' } as const;
const hidden = { foreign: 'not there' } as const;
const own = { foreign: 'only their own' } as const;

export const matrix: readonly RouteRule[] = [
  portal('/', page(RESULT_READERS, ['council', 'administrator']), own),
  portal('/evaluations', page(RESULT_READERS)),
  portal('/evaluations/:slug', page(RESULT_READERS), hidden),
  portal('/evaluations/:slug/groups', page(RESULT_READERS), hidden),
  portal('/evaluations/:slug/look-back', page(RESULT_READERS), hidden),
  portal('/evaluations/:slug/look-back', page(ANALYSIS_READERS), { ...post, ...hidden }),
  portal('/evaluations/:slug/look-back/releases', page(RESULT_READERS), hidden),
  portal('/evaluations/:slug/look-back/:day', page(ANALYSIS_READERS), hidden),
  portal('/evaluations/:slug/look-back/:day/:until', page(ANALYSIS_READERS), hidden),
  portal('/evaluations/:slug/effects', page(RESULT_READERS), hidden),
  portal('/evaluations/:slug/analysis', page(ANALYSIS_READERS), hidden),
  portal('/evaluations/:slug/analysis/:number', page(ANALYSIS_READERS), hidden),
  portal('/evaluations/:slug/recruitment', page(ANALYSIS_READERS), hidden),
  portal('/evaluations/:slug/maturity', page(RESULT_READERS), hidden),
  portal('/evaluations/:slug/maturity/live', unattended(RESULT_READERS), hidden),
  portal('/evaluations/:slug/plan', page(RESULT_READERS), hidden),
  portal('/evaluations/:slug/outcomes.csv', page(RESULT_READERS), hidden),
  portal('/evaluations/:slug/outcomes.parquet', page(RESULT_READERS), hidden),
  portal('/evaluations/:slug/outcomes.csv-metadata.json', page(RESULT_READERS), hidden),
  portal('/evaluations/:slug/steps', page(['evaluator']), hidden),
  portal('/evaluations/:slug/steps/sign.txt', page(['evaluator']), hidden),
  // A step in one's own name: a key has none.
  ...['advance', 'sign', 'unblind', 'deviate'].flatMap((step) => [
    portal(`/evaluations/:slug/steps/${step}`, page(['evaluator']), hidden),
    portal(`/evaluations/:slug/steps/${step}`, page(['evaluator']), { ...post, ...hidden }),
  ]),
  portal('/drafts', page(['evaluator']), own),
  portal('/drafts', page(['evaluator']), { ...post, ...own }),
  ...['choices', 'document', 'record'].flatMap((part) => [
    portal(`/drafts/:number/${part}`, page(['evaluator']), own),
    portal(`/drafts/:number/${part}`, page(['evaluator']), { ...post, ...own }),
  ]),
  portal('/drafts/:number/compare', page(['evaluator']), own),
  portal('/drafts/:number/withdraw', page(['evaluator']), { ...post, ...own }),
  portal('/signing-key', page(['evaluator']), own),
  portal('/signing-key', page(['evaluator']), { ...post, ...own }),
  portal('/releases', page(RESULT_READERS), own),
  portal('/releases/queue', page(ANALYSIS_READERS), own),
  // Steps are taken in one's own name: a key has none.
  portal('/releases/queue', page(['output-checker']), { ...post, ...own }),
  portal('/releases/new', page(['evaluator']), own),
  portal('/releases/new', page(['evaluator']), { ...post, ...own }),
  // What was published for everybody; another release is not there for whoever was not granted its evaluation.
  portal('/releases/:permalink', everybody, hidden),
  portal('/releases/:permalink/release.json', everybody, hidden),
  portal('/feeds', page([...personRoles]), own),
  portal('/feeds/:council', page(['council', 'operator']), hidden),
  portal('/feeds/:council/keys', page(['council']), hidden),
  // In one's own name: a key has none, and is told so.
  portal('/feeds/:council/keys', page(['council']), { ...post, ...hidden }),
  portal('/service', page(['operator'])),
  portal('/service/audit', page(['operator'])),
  portal('/service/live', unattended(['operator'])),
  portal('/api/v1/evaluations', api(RESULT_READERS), own),
  portal('/api/v1/evaluations/:slug/groups', api(RESULT_READERS), hidden),
  portal('/api/v1/evaluations/:slug/analyses', api(ANALYSIS_READERS), hidden),
  portal('/api/v1/evaluations/:slug/recruitment', api(ANALYSIS_READERS), hidden),
  portal('/api/v1/evaluations/:slug/maturity', api(RESULT_READERS), hidden),
  portal('/api/v1/evaluations/:slug/plan', api(RESULT_READERS), hidden),
  portal('/api/v1/feeds', api([...personRoles]), own),
  portal('/api/v1/feeds/:council', api(['council', 'operator']), hidden),
  portal('/api/v1/releases', api(RESULT_READERS), own),
  portal('/api/v1/evaluations/:slug/result', api(RESULT_READERS), hidden),
  portal(
    '/sign-in',
    answering((asker) => (asker === 'nobody' || asker === 'allocator' ? 'opens' : 'elsewhere')),
  ),
  portal('/sign-in', everybody, post),
  portal('/sign-in/start', everybody),
  portal('/sign-in/callback', everybody),
  portal(
    '/sign-in/role',
    answering((asker) => (asker === 'nobody' || asker === 'allocator' ? 'sign-in' : 'opens')),
  ),
  portal(
    '/sign-in/role',
    answering((asker) => (asker === 'nobody' || asker === 'allocator' ? 'sign-in' : 'opens')),
    post,
  ),
  portal('/sign-in/ended', everybody),
  portal('/sign-out', everybody, post),
  portal('/health', everybody),
  portal('/assets/*', everybody),
  { service: 'gateway', method: 'POST', path: '/v1/events', answers: forKeysOf('council'), ...own },
  { service: 'gateway', method: 'GET', path: '/v1/feed', answers: forKeysOf('council'), ...own },
  { service: 'gateway', method: 'GET', path: '/v1/quarantine', answers: forKeysOf('council'), ...own },
  { service: 'gateway', method: 'GET', path: '/health', answers: everybody },
  { service: 'gateway', method: 'GET', path: '/ready', answers: everybody },
  { service: 'allocation', method: 'POST', path: '/v1/allocations', answers: forKeysOf('allocator'), ...own },
  { service: 'allocation', method: 'GET', path: '/', answers: allocationPage, ...own },
  { service: 'allocation', method: 'GET', path: '/trials/:slug', answers: allocationPage, ...hidden },
  { service: 'allocation', method: 'POST', path: '/trials/:slug', answers: allocationPage, ...hidden },
  { service: 'allocation', method: 'GET', path: '/sign-in', answers: everybody },
  { service: 'allocation', method: 'POST', path: '/sign-in', answers: everybody },
  { service: 'allocation', method: 'GET', path: '/health', answers: everybody },
  { service: 'allocation', method: 'GET', path: '/assets/*', answers: everybody },
];

/** A route of the matrix by what the router says. */
export const ruleOf = (service: RouteRule['service'], method: string, path: string): RouteRule | undefined =>
  matrix.find(
    (rule) =>
      rule.service === service &&
      rule.method === method &&
      (rule.path === path || (rule.path === '/assets/*' && path.startsWith('/assets/'))),
  );
