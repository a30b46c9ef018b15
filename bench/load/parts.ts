// What each part of the stack under this process takes, as Linux tells it in /proc.
import { readdir, readFile } from 'node:fs/promises';

export interface Taking {
  /** Proportional set size: pages that several processes share are counted once in all. */
  megabytes: number;
  /** Of these, what processes share on purpose: PostgreSQL's buffers, which fill with its tables until they are full. */
  sharedMegabytes: number;
  handles: number;
  /** Since the processes began; the time of those that have ended is not in it. */
  cpuSeconds: number;
}

const TICKS_A_SECOND = 100;

const partOf = (command: string): string | undefined => {
  const words = command.split('\0');
  const waymark = words.findIndex((word) => word.endsWith('waymark.mjs'));
  if (waymark >= 0) return words[waymark + 1];
  const [program = ''] = words;
  if (/postgres/.test(program)) return 'PostgreSQL';
  if (/java$/.test(program)) return /ConnectStandalone/.test(command) ? 'Kafka Connect' : 'Kafka';
  return /temporal/.test(program) ? 'Temporal' : undefined;
};

interface Process {
  pid: number;
  parent: number;
  ticks: number;
}

async function processes(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return { pid, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
    }),
  );
  return all.filter(({ parent }) => Number.isInteger(parent));
}

/** Every part whose processes descend from this one, by name. */
export async function parts(): Promise<Record<string, Taking>> {
  const all = await processes();
  const under = new Set([process.pid]);
  for (let before = 0; before < under.size; ) {
    before = under.size;
    for (const { pid, parent } of all) if (under.has(parent)) under.add(pid);
  }
  const found: Record<string, Taking> = {};
  for (const { pid, ticks } of all.filter((one) => under.has(one.pid) && one.pid !== process.pid)) {
    const part = partOf(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    const megabytes = (of: string): number =>
      Number(new RegExp(`^${of}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0) / 1_024;
    if (part === undefined || rollup === '') continue;
    found[part] ??= { megabytes: 0, sharedMegabytes: 0, handles: 0, cpuSeconds: 0 };
    found[part].megabytes += megabytes('Pss');
    found[part].sharedMegabytes += megabytes('Pss_Shmem');
    found[part].handles += (await readdir(`/proc/${pid}/fd`).catch(() => [])).length;
    found[part].cpuSeconds += ticks / TICKS_A_SECOND;
  }
  return found;
}
