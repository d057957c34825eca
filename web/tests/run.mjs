/**
 * Bundles the tests (they are TypeScript) and runs them with node's own test runner: `node tests/run.mjs unit|browser [WORDS]`.
 * WORDS are parts of the names of files.
 */
import { spawnSync } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const [kind, ...words] = process.argv.slice(2);
const built = join(here, 'built', kind);
const files = (await readdir(join(here, kind))).filter((name) => name.endsWith('.test.ts') && (words.length === 0 || words.some((word) => name.includes(word))));

await rm(built, { recursive: true, force: true });
await build({
  entryPoints: files.map((name) => join(here, kind, name)),
  outdir: built,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node18',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'error',
});
const programs = files.map((name) => join(built, name.replace(/\.ts$/, '.mjs')));
const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', '--test-reporter=spec', ...programs], { stdio: 'inherit' });
process.exit(status ?? 1);
