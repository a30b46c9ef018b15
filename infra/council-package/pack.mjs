// `npm run pack:council [-- FOLDER]`: one tarball that a council installs with npm, without a network: the command and its
// libraries in one file, the guide, and the licences. Prints the tarball's path.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { tsImport } from 'tsx/esm/api';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Its stylesheet is in the bundle. */
const STYLES = 'node_modules/govuk-frontend/package.json';
const at = (...parts) => join(ROOT, ...parts);
const { stylesheet, mark } = await tsImport('../../services/page/stylesheet.ts', import.meta.url);
const { version, license, engines } = JSON.parse(readFileSync(at('package.json'), 'utf8'));

/** The folders of the packages that went into the bundle. */
function librariesOf(inputs) {
  const found = new Set();
  for (const path of inputs) {
    const package_ = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (package_ !== undefined) found.add(package_);
  }
  return [...found].sort();
}

/** The licence texts of the bundled libraries, which permissive licences ask to be kept with them. */
function notices(libraries) {
  return libraries
    .map((folder) => {
      const {
        name,
        version: one,
        license: terms,
      } = JSON.parse(readFileSync(at(folder, 'package.json'), 'utf8'));
      const file = readdirSync(at(folder)).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file === undefined ? '' : readFileSync(at(folder, file), 'utf8').trim();
      return `${name} ${one} (${terms})\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** The stylesheet of pages is read from other packages' files: here it goes into the bundle as text. */
const stylesheetAsText = {
  name: 'stylesheet-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]services[\\/]page[\\/]stylesheet\.ts$/ }, () => ({
      contents: `export const stylesheet = () => ${JSON.stringify(stylesheet())};\nexport const mark = () => ${JSON.stringify(mark())};`,
      loader: 'js',
    }));
  },
};

const folder = mkdtempSync(join(tmpdir(), 'waymark-council-package-'));
try {
  const bundle = await build({
    absWorkingDir: ROOT,
    entryPoints: [at('infra', 'council-package', 'entry.mjs')],
    outfile: join(folder, 'waymark.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    metafile: true,
    define: { __VERSION__: JSON.stringify(version) },
    // Libraries in the older module format ask for Node's own modules by `require`.
    banner: {
      js: "import { createRequire as createRequireOfNode } from 'node:module';\nconst require = createRequireOfNode(import.meta.url);",
    },
    plugins: [stylesheetAsText],
    logLevel: 'warning',
  });
  const libraries = librariesOf([...Object.keys(bundle.metafile.inputs), STYLES]);
  const description = {
    name: 'waymark-council',
    version,
    description: 'Runs inside a council: returns in, pseudonymised case events out, delivered without loss',
    license,
    type: 'module',
    engines,
    bin: { waymark: 'waymark.mjs' },
    files: ['waymark.mjs', 'README.md', 'LICENCES.txt'],
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
  writeFileSync(join(folder, 'LICENCES.txt'), notices(libraries));
  copyFileSync(at('docs', 'joining.md'), join(folder, 'README.md'));
  const target = resolve(process.argv[2] ?? at('dist'));
  mkdirSync(target, { recursive: true });
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', target], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const [{ filename, unpackedSize }] = JSON.parse(packed);
  process.stdout.write(`${join(target, filename)}\n`);
  process.stderr.write(
    `${Math.round(unpackedSize / 1024)} KiB unpacked, with ${libraries.map((one) => one.replace(/^.*node_modules\//, '')).join(', ')}\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
