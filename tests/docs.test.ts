/**
 * The documentation does what it says: its commands and programs are run against a gateway, its links lead somewhere.
 *
 * docs/development.md tells how blocks are marked. `sh` blocks of a page are one script, as a reader's terminal is.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { blocksOf, toRun } from './documents/blocks.ts';
import type { Block } from './documents/blocks.ts';
import { gatewayForTests, OPERATOR_TOKEN } from './harness/gateway.ts';
import { personOf } from './harness/person.ts';

const root = join(import.meta.dirname, '..');
const pages = globSync(['README.md', 'docs/*.md', 'sdk/README.md'], { cwd: root }).sort();
const gateway = await gatewayForTests({ assets: true });
// Tenants and somebody whom pages speak of.
for (const tenant of ['acme', 'demo']) await gateway.putTenant(tenant, { plan: 'pro' });
const somebody = await personOf(gateway, { tenant: 'demo' });

/** Where programs find the SDK, built as it is published. */
const project = await mkdtemp(join(tmpdir(), 'neureus-docs-'));
after(() => rm(project, { recursive: true, force: true }));
const sdk = join(project, 'node_modules', '@neureus', 'sdk');
await mkdir(sdk, { recursive: true });
await copyFile(join(root, 'sdk', 'package.json'), join(sdk, 'package.json'));
await writeFile(join(project, 'package.json'), '{"type":"module"}');

interface Outcome {
  code: number | null;
  output: string;
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: project, env: { ...process.env, ...env } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    child.on('error', fail);
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code, output });
    });
  });
}

const built = await run(process.execPath, [join(root, 'sdk', 'build.mjs'), join(sdk, 'dist')], {});
assert.equal(built.code, 0, built.output);

/** What a page's programs find in their environment: a tenant of its own, with keys. */
async function surroundings(): Promise<Record<string, string>> {
  const tenant = gateway.newTenant();
  const owner = await gateway.makeKey({ tenant });
  const other = await gateway.makeKey({ tenant, name: 'to be revoked' });
  const widget = await gateway.makeKey({ tenant, type: 'pk', origins: ['*'] });
  const acme = await gateway.makeKey({ tenant: 'acme' });
  return {
    KEY: owner.key,
    TENANT: tenant,
    KEY_ID: other.keyId,
    ACME_KEY_ID: acme.keyId,
    WIDGET_KEY: widget.key,
    OPERATOR_TOKEN,
    NEUREUS_API_KEY: owner.key,
    NEUREUS_BASE_URL: gateway.site,
    // The gateway of `npm run key` and `npm run admin`.
    NEUREUS_URL: gateway.site,
  };
}

/** The gateway under test in the place of the one that the page speaks of. */
function here(text: string): string {
  return text
    .replaceAll('http://localhost:8787', gateway.site)
    .replaceAll('https://app.neureus.ai', gateway.site)
    .replaceAll("'nru_…'", "process.env['NEUREUS_API_KEY']")
    .replaceAll('usr_…', somebody.id);
}

/** All `sh` blocks of a page, with a word on the way of where it is. */
function script(blocks: readonly Block[]): string {
  const lines = [
    'set -euo pipefail',
    // An answer of 400 and above fails.
    'curl() { command curl --silent --show-error --fail-with-body --max-time 30 "$@"; }',
    `npm() { command npm --prefix '${root}' "$@"; }`,
    ...blocks.map(({ text, line }) => `echo "== line ${line}"\n${here(text)}\necho`),
  ];
  return lines.join('\n');
}

for (const page of pages) {
  const markdown = readFileSync(join(root, page), 'utf8');
  describe(page, () => {
    const blocks = blocksOf(markdown);
    const commands = toRun(blocks, 'sh');
    if (commands.length > 0) {
      test(`its commands run (${commands.length} blocks)`, async () => {
        const { code, output } = await run('bash', ['-c', script(commands)], await surroundings());
        assert.equal(code, 0, output);
      });
    }
    for (const [language, command, ending] of [
      ['js', process.execPath, 'mjs'],
      ['ts', process.execPath, 'mts'],
      ['python', 'python3', 'py'],
    ] as const) {
      for (const { text, line } of toRun(blocks, language)) {
        test(`its ${language} of line ${line} runs`, async () => {
          const file = join(project, `${page.replaceAll('/', '-')}-${line}.${ending}`);
          await writeFile(file, here(text));
          const { code, output } = await run(command, [file], await surroundings());
          assert.equal(code, 0, output);
        });
      }
    }
    for (const { text, line } of toRun(blocks, 'json')) {
      test(`its JSON of line ${line} is JSON`, () => void JSON.parse(text));
    }
    const tries = namedTests(markdown);
    if (tries.length > 0) {
      test(`the tests that it names are there (${tries.length})`, () => {
        for (const { path, name } of tries) {
          const source = readFileSync(resolve(root, dirname(page), path), 'utf8');
          const quoted = [`'${name}'`, `"${name}"`, `\`${name}\``];
          assert.ok(
            quoted.some((text) => source.includes(text)),
            `${path} has no “${name}”`,
          );
        }
      });
    }
    test('its links lead somewhere', () => {
      const prose = markdown.replace(/^( *)(`{3,})[^]*?^\1\2$/gm, '');
      for (const [, target = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [path = '', fragment] = target.split('#');
        const file = path === '' ? join(root, page) : resolve(root, dirname(page), path);
        const there = globSync(file);
        assert.ok(there.length > 0, `${target}: no such file`);
        if (fragment === undefined || !file.endsWith('.md')) continue;
        assert.ok(anchors(readFileSync(file, 'utf8')).has(fragment), `${target}: no such heading`);
      }
    });
  });
}

/** What is said to be tried: `[file](path.test.ts): “name”, “name”`. */
function namedTests(markdown: string): { path: string; name: string }[] {
  const lists = markdown.matchAll(/\]\((\S+\.test\.ts)\):((?:\s+“[^”]+”,?)+)/g);
  return [...lists].flatMap(([, path = '', names = '']) =>
    [...names.matchAll(/“([^”]+)”/g)].map(([, name = '']) => ({
      path,
      name: name.replaceAll(/\s+/g, ' '),
    })),
  );
}

/** Names of headings, as GitHub makes them. */
function anchors(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text);
  return new Set(
    headings.map((text) =>
      text
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );
}
