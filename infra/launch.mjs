// How a command line of Waymark starts and ends: on a Node that is new enough, and with the code that the command returned,
// whatever it leaves open.
const NEEDED = [20, 12];

/** @param {(argv: string[]) => Promise<number>} main gives the exit code */
export async function launch(main) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
    process.stderr.write(
      `Waymark needs Node.js ${NEEDED.join('.')} or later and this is ${process.versions.node}; install a newer one and run the command again.\n`,
    );
    process.exit(2);
  }
  // A reader that has seen enough (`waymark … | head`) is no error.
  process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  let code;
  try {
    code = await main(process.argv.slice(2));
  } catch (error) {
    const known = typeof error?.report === 'function';
    process.stderr.write(`${known ? error.message : (error?.stack ?? error)}\n`);
    code = known ? error.exitCode : 1;
  }
  const written = (stream) => new Promise((done) => stream.write('', done));
  await Promise.all([written(process.stdout), written(process.stderr)]);
  process.exit(code);
}
