// Builds dist/ from src/ and the npm packages: one stylesheet, one script, one
// sprite of the icons in use, each named by its content and compressed.
//
//   node build.mjs
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';
import { PurgeCSS } from 'purgecss';
import * as sass from 'sass';

const here = dirname(fileURLToPath(import.meta.url));
const web = dirname(here);
const dist = join(here, 'dist');
const read = (...path) => readFileSync(join(here, ...path), 'utf8');

// The oldest browsers that offices still have (the last ones of Windows 7).
const target = ['chrome100', 'firefox102', 'safari15'];

async function stylesheet() {
  const { css } = sass.compile(join(here, 'src', 'app.scss'), { loadPaths: [join(here, 'node_modules')], quietDeps: true });
  const [purged] = await new PurgeCSS().purge({
    // Tabler mixes the colour of links; ours is plain (see _base.scss).
    css: [{ raw: css.replace(/color: color-mix\([^;]*--link-opacity[^;]*;/g, '') }],
    content: [join(web, '**', '*.templ'), join(web, '**', '!(*_templ|*_test).go'), join(here, 'src', '*.js')],
    safelist: { standard: ['dialog', 'auto', 'light', 'dark'], greedy: [/^tone-/, /^btn-(primary|secondary|quiet|danger)/, /^field-/] },
    variables: true,
    keyframes: true,
    fontFace: true,
  });
  const { code } = await transform(purged.css, { loader: 'css', minify: true, target, legalComments: 'none' });
  const modern = code.match(/light-dark\(|color-mix\(|oklch\(/g);
  if (modern) throw new Error(`the stylesheet needs a newer browser than offices have: ${[...new Set(modern)].join(' ')}`);
  const defined = new Set([...code.matchAll(/(--[\w-]+)\s*:/g)].map((m) => m[1]));
  const open = [...new Set([...code.matchAll(/var\((--[\w-]+)\)/g)].map((m) => m[1]))].filter((name) => !defined.has(name));
  if (open.length > 0) throw new Error(`the stylesheet uses undefined variables: ${open.join(' ')}`);
  return code;
}

async function script() {
  const { outputFiles } = await build({
    entryPoints: [join(here, 'src', 'app.js')],
    bundle: true,
    minify: true,
    format: 'iife',
    target,
    write: false,
    legalComments: 'none',
  });
  return outputFiles[0].text;
}

// The glyphs are declared in package ui; what is not declared there is not sent.
function sprite() {
  const source = readFileSync(join(web, 'ui', 'glyph.go'), 'utf8');
  const names = [...source.matchAll(/^\s*Glyph\w+\s+Glyph = "([a-z0-9-]+)"/gm)].map((m) => m[1]);
  const symbols = [...new Set(names)].sort().map((name) => {
    const svg = read('node_modules', '@tabler', 'icons', 'icons', 'outline', `${name}.svg`);
    return symbol(name, '0 0 24 24', svg);
  });
  symbols.push(symbol('crest', '0 0 48 48', read('src', 'crest.svg')));
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
}

function symbol(id, box, svg) {
  const inside = svg
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^[\s\S]*?<svg[^>]*>/, '')
    .replace(/<\/svg>\s*$/, '')
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, '')
    .replace(/\s+/g, ' ')
    .replace(/> </g, '><')
    .trim();
  return `<symbol id="${id}" viewBox="${box}">${inside}</symbol>`;
}

function publish(name, body) {
  const data = Buffer.from(body);
  const hash = createHash('sha256').update(data).digest('hex').slice(0, 10);
  const hashed = name.replace(/(\.\w+)$/, `.${hash}$1`);
  const br = brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length } });
  const gz = gzipSync(data, { level: 9 });
  writeFileSync(join(dist, hashed), data);
  writeFileSync(join(dist, `${hashed}.br`), br);
  writeFileSync(join(dist, `${hashed}.gz`), gz);
  console.log(`${hashed.padEnd(28)} ${String(data.length).padStart(7)} bytes, gzip ${gz.length}, brotli ${br.length}`);
  return [name, hashed];
}

const files = [
  ['app.css', await stylesheet()],
  ['app.js', await script()],
  ['icons.svg', sprite()],
  ['favicon.svg', read('src', 'favicon.svg')],
];
mkdirSync(dist, { recursive: true });
for (const old of readdirSync(dist)) if (!old.startsWith('.')) rmSync(join(dist, old));
const manifest = Object.fromEntries(files.map(([name, body]) => publish(name, body)));
writeFileSync(join(dist, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
