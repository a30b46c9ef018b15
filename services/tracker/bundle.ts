// Workflow code is bundled once for each state of its sources: a later start reads the bundle instead of running webpack.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What can enter a bundle. Services are imported as types only. */
const sourceFolders = ['workflows', 'schemas'];
const INTERCEPTORS = '@temporalio/interceptors-opentelemetry';
const sdk = ['@temporalio/workflow', '@temporalio/worker', INTERCEPTORS, '@opentelemetry/sdk-trace-base'];

export interface BundleOptions {
  /** With the interceptors that make spans of what workflows do. */
  traced?: boolean;
}

/** Hash of everything that a bundle is made from: the sources, and the SDK whose code is bundled with them. */
async function hashOfSources(): Promise<string> {
  const require = createRequire(import.meta.url);
  const hash = createHash('sha256').update(
    JSON.stringify(sdk.map((name) => (require(`${name}/package.json`) as { version: string }).version)),
  );
  for (const folder of sourceFolders) {
    const names = (await readdir(join(root, folder), { recursive: true })).filter((name) =>
      name.endsWith('.ts'),
    );
    for (const name of names.sort()) {
      hash.update(`\0${folder}/${name}\0`).update(await readFile(join(root, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** Runs webpack over workflows/index.ts: seconds of work. */
export async function bundleWorkflows({ traced = false }: BundleOptions = {}): Promise<string> {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'workflows', 'index.ts'),
    logger: new DefaultLogger('WARN'),
    ...(traced && {
      workflowInterceptorModules: [
        createRequire(import.meta.url).resolve(`${INTERCEPTORS}/lib/workflow-interceptors`),
      ],
    }),
  });
  return code;
}

/**
 * The path of a bundle of the workflows as they are now, made when there is none yet. Bundles of older sources are removed.
 * @param home the folder of Waymark's state; the bundle is kept under `cache/`
 */
export async function workflowBundle(
  home: string,
  options: BundleOptions = {},
): Promise<{ codePath: string; cached: boolean }> {
  const folder = join(home, 'cache');
  const kind = options.traced ? 'traced-workflow-bundle-' : 'workflow-bundle-';
  const name = `${kind}${await hashOfSources()}.js`;
  const codePath = join(folder, name);
  await mkdir(folder, { recursive: true });
  const kept = (await readdir(folder)).filter((each) => each.startsWith(kind));
  if (kept.includes(name)) return { codePath, cached: true };
  const draft = join(folder, `.${name}.${process.pid}`);
  await writeFile(draft, await bundleWorkflows(options));
  await rename(draft, codePath);
  await Promise.all(kept.map((old) => rm(join(folder, old), { force: true })));
  return { codePath, cached: false };
}
