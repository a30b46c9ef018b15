// A service in the smallest form: says where it listens, and ends when told to (`fail` ends it by itself).
const [, , how] = process.argv;
if (how === 'never-ready') {
  console.error('the settings are wrong');
  process.exit(3);
}
process.send?.({ ready: { url: 'http://127.0.0.1:1' } });
const alive = setInterval(() => {}, 1_000);
process.once('SIGTERM', () => clearInterval(alive));
if (how === 'fail') setTimeout(() => process.exit(1), 50);
