import { describe, expect, it } from 'vitest';
import { checkedLog, serviceState } from '../../browser/fake-service.ts';
import { keys } from '../../browser/fake-store.ts';
import { app, cookieOf, portal, signedIn } from './opened.ts';

describe('the service page', () => {
  it('tells an operator what waits, what is late and who did what, and nobody else', async () => {
    const get = await signedIn('operator');
    const { body } = await get('/service');
    for (const words of [
      '3 changes wait, the oldest for 12 minutes',
      'Late',
      'Result overdue',
      'bad-field',
      'Eve Evaluator',
    ])
      expect(body).toContain(words);
    expect(body).toContain('Set WAYMARK_TEMPORAL_UI');
    await app.close();
    const refused = await (await signedIn('researcher'))('/service');
    expect(refused.statusCode).toBe(403);
    expect(refused.body).not.toContain('3 changes');
  });

  it('leads to each workflow where Temporal’s pages are', async () => {
    portal({}, { temporalUi: { address: 'https://temporal.example/', namespace: 'way mark' } });
    const enter = await app.inject({ url: `/sign-in?key=${keys.operator}` });
    const { body } = await app.inject({
      url: '/service',
      headers: { cookie: cookieOf(enter.headers['set-cookie']) },
    });
    const workflows = 'https://temporal.example/namespaces/way%20mark/workflows';
    for (const href of [
      `${workflows}?query=WorkflowType+%3D+%27cohort%27`,
      `${workflows}/feed%3AE08000030`,
      `${workflows}/milestone%3Afamilies-first-demonstration%3A2025-06-01%3A12`,
    ])
      expect(body).toContain(`href="${href.replaceAll("'", '&#39;')}"`);
  });

  it('says of each process whether it is ready, silent or not there, and what waits in Kafka as ingest sees it', async () => {
    const [gateway, ingest] = serviceState.processes;
    const silent = { ...ingest!, heardAt: '2026-08-31T08:59:00.000Z' };
    const get = await signedIn('operator', {
      service: async () => ({ ...serviceState, processes: [gateway!, silent] }),
    });
    const { body } = await get('/service');
    for (const words of ['Nothing heard since', 'Not running', 'No ingest process says', 'Ready'])
      expect(body).toContain(words);
    expect(body).not.toContain('1,204');
    await app.close();
    const whole = (await (await signedIn('operator'))('/service')).body;
    for (const words of ['1,204 messages', '4 rounds of the relay have failed', 'Stuck'])
      expect(whole).toContain(words);
  });
});

describe('the audit log', () => {
  it('is read page by page, under whether it is whole, and by operators alone', async () => {
    const get = await signedIn('operator');
    const { body } = await get('/service/audit');
    expect(body).toContain('All 18,204 entries follow from each other');
    expect(body).toContain('href="/service/audit?before=18180"');
    expect((await get('/service/audit?before=18180')).body).toContain('18,179');
    expect((await get('/service/audit?before=2')).body).not.toContain('Older entries');
    expect((await get('/service/audit?before=x')).statusCode).toBe(400);
    await app.close();
    expect((await (await signedIn('evaluator'))('/service/audit')).statusCode).toBe(403);
  });

  it('says where it is not whole, and when that is not known yet', async () => {
    const fault = { seq: 7, fault: 'entry 7 is missing' };
    const broken = { ...checkedLog, faults: [fault] };
    const get = await signedIn('operator', { checkedAudit: async () => broken });
    expect((await get('/service/audit')).body).toContain('Entry 7: entry 7 is missing');
    await app.close();
    const late = await signedIn('operator', { checkedAudit: () => new Promise(() => {}) });
    expect((await late('/service/audit')).body).toContain('is being checked');
  });
});
