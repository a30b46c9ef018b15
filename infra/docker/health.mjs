// Exit code 0 when the address answers with success within three seconds: `node infra/docker/health.mjs URL`.
const [url] = process.argv.slice(2);

try {
  const { ok } = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  process.exit(ok ? 0 : 1);
} catch {
  process.exit(1);
}
