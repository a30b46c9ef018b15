#!/usr/bin/env node
// The `waymark` command: whatever a command leaves open, the process ends with the code that the command returned.
const NEEDED = [20, 12];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `Waymark needs Node.js ${NEEDED.join('.')} or later and this is ${process.versions.node}; install a newer one and run the command again.\n`,
  );
  process.exit(2);
}

// A reader that has seen enough (`waymark … | head`) is no error.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));

async function run() {
  let api;
  try {
    api = await import('tsx/esm/api');
  } catch {
    process.stderr.write('The packages are not installed; run: npm ci\n');
    return 2;
  }
  api.register();
  try {
    const { main } = await import('../services/command/main.ts');
    return await main(process.argv.slice(2));
  } catch (error) {
    const known = typeof error?.report === 'function';
    process.stderr.write(`${known ? error.message : (error?.stack ?? error)}\n`);
    return known ? error.exitCode : 1;
  }
}

const code = await run();
const written = (stream) => new Promise((done) => stream.write('', done));
await Promise.all([written(process.stdout), written(process.stderr)]);
process.exit(code);
