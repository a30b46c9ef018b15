// Records histories of what somebody orders: erasures, the duties of a morning, and releases.
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { ReleaseState } from '../../schemas/release.ts';
import type { ErasureActivities } from '../../services/erasure/activities.ts';
import type { ReleaseActivities } from '../../services/releases/activities.ts';
import { workflowBundle } from '../../services/tracker/bundle.ts';
import { duties, erasure, look, release } from '../../workflows/index.ts';
import { erasureId, releaseId } from '../../workflows/messages.ts';
import { eventually, home, skipDays } from './environment.ts';

type Keep = (server: TestWorkflowEnvironment, name: string, id: string, most?: number) => Promise<void>;

/** A store in memory: children to erase by order, where each release stands, and what was asked. */
class Orders implements ErasureActivities, ReleaseActivities {
  readonly left = new Map<number, number>();
  readonly states = new Map<number, ReleaseState>();
  readonly asked: string[] = [];
  due: number[] = [];

  activities(): ErasureActivities & ReleaseActivities {
    return {
      dueErasures: async () => this.dueErasures(),
      eraseSome: (id) => this.eraseSome(id),
      redrawDrafts: () => this.redrawDrafts(),
      lookAtErased: () => this.lookAtErased(),
      certifyErasure: (id) => this.certifyErasure(id),
      releaseState: (id) => this.releaseState(id),
      checkRelease: (id) => this.checkRelease(id),
      publishRelease: (id) => this.publishRelease(id),
    };
  }

  async dueErasures() {
    return this.due;
  }
  async eraseSome(id: number) {
    this.asked.push(`eraseSome ${id}`);
    const left = this.left.get(id);
    // An order that nobody has entered is tried again and again.
    if (left === undefined) throw new Error('the store is locked');
    this.left.set(id, Math.max(left - 500, 0));
    return Math.min(left, 500);
  }
  async redrawDrafts() {}
  async lookAtErased() {}
  async certifyErasure(id: number) {
    return `certificate ${id}`;
  }
  async releaseState(id: number) {
    this.asked.push(`releaseState ${id}`);
    return this.states.get(id) ?? 'checking';
  }
  async checkRelease(id: number) {
    this.states.set(id, 'settled');
  }
  async publishRelease(id: number) {
    this.states.set(id, 'published');
  }

  count(question: string): number {
    return this.asked.filter((one) => one === question).length;
  }
}

export async function recordOrders(server: TestWorkflowEnvironment, keep: Keep): Promise<void> {
  const orders = new Orders();
  const taskQueue = 'orders';
  const worker = await Worker.create({
    connection: server.nativeConnection,
    taskQueue,
    workflowBundle: await workflowBundle(home),
    activities: orders.activities(),
    shutdownForceTime: 5_000,
  });
  const running = worker.run();
  await recordErasures(server, orders, taskQueue, keep);
  await recordRelease(server, orders, taskQueue, keep);
  worker.shutdown();
  await running;
}

async function recordErasures(
  server: TestWorkflowEnvironment,
  orders: Orders,
  taskQueue: string,
  keep: Keep,
): Promise<void> {
  const { workflow } = server.client;
  orders.left.set(1, 1_200);
  await workflow.execute(erasure, { workflowId: erasureId(1), taskQueue, args: [1] });
  await keep(server, 'erasure-to-its-certificate', erasureId(1));
  orders.left.set(2, 2_400);
  await workflow.execute(erasure, { workflowId: erasureId(2), taskQueue, args: [2, { historyLimit: 12 }] });
  await keep(server, 'erasure-handed-over', erasureId(2));

  // One is being carried out already and one was not begun.
  const stuck = await workflow.start(erasure, { workflowId: erasureId(3), taskQueue, args: [3] });
  await eventually(() => orders.count('eraseSome 3') > 0);
  orders.left.set(4, 10);
  orders.due = [3, 4];
  await workflow.execute(duties, { workflowId: 'duties-of-a-morning', taskQueue });
  await keep(server, 'duties-one-under-way', 'duties-of-a-morning');
  orders.left.set(3, 10);
  await stuck.result();
  orders.due = [];
  await workflow.execute(duties, { workflowId: 'duties-of-a-quiet-morning', taskQueue });
  await keep(server, 'duties-none', 'duties-of-a-quiet-morning');
}

async function recordRelease(
  server: TestWorkflowEnvironment,
  orders: Orders,
  taskQueue: string,
  keep: Keep,
): Promise<void> {
  const told = async (id: number, state: ReleaseState) => {
    const asked = orders.count(`releaseState ${id}`);
    orders.states.set(id, state);
    await server.client.workflow.getHandle(releaseId(id)).signal(look);
    await eventually(() => orders.count(`releaseState ${id}`) > asked);
  };
  const start = (id: number, historyLimit?: number) =>
    server.client.workflow.start(release, {
      workflowId: releaseId(id),
      taskQueue,
      args: [id, { ...(historyLimit && { historyLimit }) }],
    });

  const published = await start(1);
  await eventually(() => orders.states.get(1) === 'settled');
  await told(1, 'publishing');
  await eventually(() => orders.states.get(1) === 'published');
  // Nobody signals: it looks unasked.
  await skipDays(server, 3);
  await told(1, 'superseded');
  await published.result();
  await keep(server, 'release-published-and-superseded', releaseId(1));

  const waited = await start(2, 20);
  await eventually(() => orders.states.get(2) === 'settled');
  orders.states.set(2, 'waiting');
  await skipDays(server, 4);
  await told(2, 'refused');
  await waited.result();
  await keep(server, 'release-waited-and-refused', releaseId(2));
}
