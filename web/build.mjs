/**
 * Builds `dist/` from `src/`: `node build.mjs`, or with `--check` says whether what is there is what would be built.
 * The same source gives the same bytes, so that CI can hold the committed files against it.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const common = { bundle: true, minify: true, write: false, target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'], charset: 'utf8', legalComments: 'none', absWorkingDir: here };

/** The style sheet of the button travels inside the loader, as text, without its blanks. */
const styleAsText = {
  name: 'style-as-text',
  setup(builder) {
    builder.onLoad({ filter: /loader\/.*\.css$/ }, async ({ path }) => ({ contents: await bundled(path), loader: 'text' }));
  },
};

/**
 * Of strophe.js only what a guest needs: WebSocket and SASL ANONYMOUS. The rest (BOSH, the shared worker, stream management,
 * SCRAM) would be a third of all that a guest loads; empty classes stand in its place. Its version is pinned.
 */
const leanStrophe = {
  name: 'lean-strophe',
  setup(builder) {
    const source = join(here, 'node_modules/strophe.js/src');
    const left = /\/(bosh|worker-websocket|stream-management|request|stanza|scram|sasl-(external|oauthbearer|plain|sha\d+|xoauth2))$/;
    const empty = 'class Nothing {}; export default Nothing; export const stx = undefined; export { Nothing as SessionStorageBackend, \
Nothing as MemoryStorageBackend, Nothing as StreamManagementMirror, Nothing as isCountableStanza, Nothing as toStanzaView, Nothing as Stanza }';
    builder.onResolve({ filter: /^strophe\.js$/ }, () => ({ path: join(source, 'index.ts') }));
    builder.onResolve({ filter: left }, ({ path, importer }) =>
      importer.startsWith(source) ? { path: basename(path), namespace: 'left-out' } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: empty }));
  },
};

async function bundled(file, options = {}) {
  const { outputFiles } = await build({ ...common, entryPoints: [file], ...options });
  return outputFiles[0].text.trimEnd();
}

/** A name that changes with the content, so that browsers may keep the file for good. */
function named(name, extension, text) {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 10).toUpperCase();
  return `${name}-${hash}.${extension}`;
}

async function page(name, values) {
  const text = await readFile(join(here, 'src/pages', name), 'utf8');
  return text.replaceAll(/\{(\w+)\}/g, (_, key) => values[key]);
}

async function files() {
  const js = await bundled('src/window/main.ts', { format: 'iife', plugins: [leanStrophe] });
  const css = await bundled('src/window/window.css');
  const demo = await bundled('src/pages/demo.css');
  const names = { js: named('window', 'js', js), css: named('window', 'css', css) };
  return {
    'frontdesk.js': await bundled('src/loader/frontdesk.ts', { format: 'iife', plugins: [styleAsText] }),
    [names.js]: js,
    [names.css]: css,
    'frame.html': await page('window.html', { ...names, class: 'frame' }),
    'chat.html': await page('window.html', { ...names, class: 'page' }),
    'demo.html': await page('demo.html', { css: named('demo', 'css', demo) }),
    [named('demo', 'css', demo)]: demo,
  };
}

async function differences(built) {
  const there = await readdir(dist).catch(() => []);
  const names = new Set([...there, ...Object.keys(built)]);
  const differs = async (name) => (await readFile(join(dist, name), 'utf8').catch(() => undefined)) !== built[name];
  const found = await Promise.all([...names].map(async (name) => ((await differs(name)) ? [name] : [])));
  return found.flat();
}

const built = await files();
if (process.argv.includes('--check')) {
  const different = await differences(built);
  if (different.length > 0) {
    console.error(`web/dist is not what web/src builds: ${different.join(', ')}. Run: node ${basename(here)}/build.mjs, and commit.`);
    process.exit(1);
  }
} else {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  await Promise.all(Object.entries(built).map(([name, text]) => writeFile(join(dist, name), text)));
}
