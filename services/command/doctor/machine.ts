// The machine that the command runs on: its Node.js, and the disk under the local stack.
import { statfs } from 'node:fs/promises';
import { codeVersion } from '../../platform/version.ts';
import { type Looks, well, wrong } from './finding.ts';

const OLDEST_NODE = [20, 12] as const;
const LEAST_FREE_BYTES = 2 * 1024 ** 3;
const LEAST_FREE_SHARE = 0.05;

export const gigabytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

export function machineLooks(home: string): Looks {
  return {
    versions: async () => {
      const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
      const told = `Waymark ${codeVersion} on Node.js ${process.versions.node}.`;
      const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
      return old ? wrong(told, `Install Node.js ${OLDEST_NODE.join('.')} or later.`) : well(told);
    },
    disk: async () => {
      const { bavail, blocks, bsize } = await statfs(home);
      const [free, all] = [bavail * bsize, blocks * bsize];
      const told = `${gigabytes(free)} of ${gigabytes(all)} are free under ${home}.`;
      return free < LEAST_FREE_BYTES || free < LEAST_FREE_SHARE * all
        ? wrong(
            told,
            'Free space there, or move WAYMARK_HOME: PostgreSQL and Kafka stop when a disk is full.',
          )
        : well(told);
    },
  };
}
