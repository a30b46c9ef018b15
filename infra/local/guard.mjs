// A guarded process never outlives the process that asked for it: when the IPC channel to the parent closes,
// for whatever reason (kill -9 too), the guardian stops the real process and then itself.
import { spawn } from 'node:child_process';
import { openSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** @type {import('node:child_process').ChildProcess | undefined} */
let child;
/** @type {{ stop: [NodeJS.Signals, number][], record?: string } | undefined} */
let spec;
let stopping = false;

const tell = (message) => {
  if (process.connected) process.send(message, () => {});
};

const finish = (message) => {
  if (spec?.record) rmSync(spec.record, { force: true });
  if (process.connected) process.send(message, () => process.exit(0));
  else process.exit(0);
};

/** Sends the signals of `spec.stop` in turn, each after the former has had its milliseconds to work. */
const stop = () => {
  if (stopping) return;
  stopping = true;
  if (!child?.pid) process.exit(0);
  let after = 0;
  for (const [signal, patience] of spec.stop) {
    setTimeout(() => {
      if (signal === 'SIGKILL') killGroup();
      else child.kill(signal);
    }, after);
    after += patience;
  }
};

// The child leads its own process group, so whatever it started goes with it.
const killGroup = () => {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
};

const start = (asked) => {
  spec = asked;
  const out = asked.relay ? 'pipe' : openSync(asked.log, 'a');
  const stdio = ['ignore', out, out];
  if (asked.ready) stdio.push('ipc');
  child = spawn(asked.command, asked.args, {
    cwd: asked.cwd,
    env: { ...process.env, ...asked.env },
    uid: asked.uid,
    gid: asked.gid,
    detached: true,
    stdio,
  });
  child.once('error', (error) => finish({ failed: { code: error.code, message: error.message } }));
  child.once('spawn', () => tell({ started: child.pid }));
  // 'close' also waits for relayed output, so that no last line is lost.
  child.once(asked.relay ? 'close' : 'exit', (code, signal) => {
    if (asked.ready) killGroup();
    finish({ exited: { code, signal } });
  });
  child.on('message', (message) => {
    if (message && typeof message === 'object' && 'ready' in message) tell({ ready: message.ready });
  });
  if (asked.relay) {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => tell({ line }));
    }
  }
};

process.on('message', (message) => {
  if (message.start) {
    try {
      start(message.start);
    } catch (error) {
      finish({ failed: { code: error.code ?? 'UNKNOWN', message: error.message } });
    }
  }
  if (message.stop) stop();
});
process.on('disconnect', stop);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, stop);
