// From a fresh clone to a running command: `node infra/bootstrap.mjs demo|test [args]`, with nothing but Node and npm.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LOCK = join(ROOT, 'package-lock.json');
const STAMP = join(ROOT, 'node_modules', '.waymark-lock');
const NEEDED = [20, 12];

const say = (line) => process.stderr.write(`${line}\n`);

const nodeIsOld = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1]);
};

const readJson = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
};

const lockHash = () =>
  existsSync(LOCK) ? createHash('sha256').update(readFileSync(LOCK)).digest('hex') : 'no lock';

/** Whether node_modules holds what the lock asks for: by our stamp, else by the list npm keeps of what it installed. */
function installed() {
  const modules = join(ROOT, 'node_modules');
  if (!existsSync(modules)) return false;
  const hash = lockHash();
  if (existsSync(STAMP)) return readFileSync(STAMP, 'utf8') === hash;
  const wanted = readJson(LOCK)?.packages;
  const there = readJson(join(modules, '.package-lock.json'))?.packages;
  if (!wanted || !there) return false;
  const same = Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || (path in there ? there[path].version === entry.version : entry.optional === true),
  );
  if (same) writeFileSync(STAMP, hash);
  return same;
}

/** Installs the packages; says what went wrong in one sentence. Gives whether it worked. */
async function install() {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  let words = existsSync(LOCK) ? ['ci'] : ['install'];
  say(`install      npm ${words.join(' ')}: fetching the packages`);
  const ticking = setInterval(() => say(`install      npm ${words.join(' ')}: ${seconds()} s`), 10_000);
  let { code, output } = await npm(words);
  if (code !== 0 && /EUSAGE/.test(output)) {
    // A lock made where a registry lacks some other platform's optional packages is refused by `npm ci`; `npm install`
    // takes every version that the lock does name, and --no-save leaves the lock as it is.
    words = ['install', '--no-save'];
    say('install      the lock is not complete for npm ci; going on with npm install');
    ({ code, output } = await npm(words));
  }
  clearInterval(ticking);
  if (code !== 0) {
    say(explain(words.join(' '), output));
    return false;
  }
  writeFileSync(STAMP, lockHash());
  say(`install      done in ${seconds()} s`);
  return true;
}

function npm(words) {
  const flags = [
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
  ];
  return new Promise((resolve) => {
    const child = spawn('npm', [...words, ...flags], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}

function explain(command, output) {
  if (/ENOSPC/.test(output)) return 'The disk is full; free at least 1 GB and run the command again.';
  if (/ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|network/i.test(output)) {
    return 'The packages could not be downloaded; check the network (or proxy) and run the command again.';
  }
  const last = output.trim().split('\n').slice(-8).join('\n');
  return `npm ${command} failed; mend what it says and run the command again:\n${last}`;
}

async function start() {
  const [what, ...args] = process.argv.slice(2);
  if (what !== 'demo' && what !== 'test') {
    say('Usage: node infra/bootstrap.mjs demo|test [arguments]');
    return 2;
  }
  if (nodeIsOld()) {
    say(
      `Waymark needs Node.js ${NEEDED.join('.')} or later and this is ${process.versions.node}; install a newer one and run the command again.`,
    );
    return 2;
  }
  if (!installed() && !(await install())) return 1;
  if (what === 'demo') {
    // The same process goes on as `waymark demo`, so that signals reach it and nothing can be orphaned.
    process.argv = [process.argv[0], join(ROOT, 'infra', 'waymark.mjs'), 'demo', ...args];
    await import('./waymark.mjs');
    return null;
  }
  const { register } = await import('tsx/esm/api');
  register();
  // By address, not by name: the product imports no test, and this file only hands over to them.
  const { runSteps } = await import(new URL('../test/harness/run.ts', import.meta.url).href);
  return runSteps(ROOT, args);
}

const code = await start();
if (code !== null) process.exitCode = code;
