/**
 * The SDK as it is published: packed, installed into an empty project, and run on this Node as a module and by `require`, in
 * workerd and in Chromium, with types for both kinds of project. `npm run test:runtimes` adds other runtimes.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { chromium } from 'playwright-core';
import { findChromium } from '../../scripts/lib/chromium.ts';
import { gatewayForTests } from '../harness/gateway.ts';

const root = join(import.meta.dirname, '..', '..');
const gateway = await gatewayForTests();
const project = mkdtempSync(join(tmpdir(), 'neureus-package-'));
after(() => rmSync(project, { recursive: true, force: true }));

/** Name → program and arguments, as JSON: what else there is to run it on. */
const runtimes = JSON.parse(process.env['NEUREUS_RUNTIMES'] ?? '{}') as Record<string, string[]>;

function run(command: string, args: string[], cwd = project): Promise<string> {
  return new Promise((done, fail) => {
    const env = {
      ...process.env,
      npm_config_loglevel: 'error',
      npm_config_update_notifier: 'false',
    };
    const child = spawn(command, args, { cwd, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.on('error', fail);
    child.on('close', (code) => {
      if (code === 0) done(output);
      else fail(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`));
    });
  });
}

const packed = JSON.parse(
  (
    await run('npm', ['pack', '--json', `--pack-destination=${project}`], join(root, 'sdk'))
  ).replace(/^[^[{]*/, ''),
) as { filename: string; files: { path: string }[] }[];
const [tarball] = Object.values(packed);
assert.ok(tarball);
writeFileSync(join(project, 'package.json'), '{"private":true,"type":"module"}');
await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball.filename}`]);
copyFileSync(join(import.meta.dirname, 'smoke.mjs'), join(project, 'smoke.mjs'));

const { key } = await gateway.makeKey();
const facts = JSON.stringify({ key, url: gateway.url });
writeFileSync(
  join(project, 'main.mjs'),
  `import * as sdk from '@neureus/sdk';
import { smoke } from './smoke.mjs';
console.log('seen:', (await smoke(sdk, ${facts})).join(' '));`,
);
writeFileSync(
  join(project, 'main.cjs'),
  `const sdk = require('@neureus/sdk');
import('./smoke.mjs')
  .then(({ smoke }) => smoke(sdk, ${facts}))
  .then((seen) => console.log('seen:', seen.join(' ')));`,
);

const SEEN = /seen: chat stream error abort/;

test('the package holds what it should, and nothing else', () => {
  const files = tarball.files.map(({ path }) => path);
  const wanted =
    /^(LICENSE|README\.md|package\.json|dist\/(esm|cjs)\/(\w+\.d\.ts|index\.js|package\.json))$/;
  assert.deepEqual(
    files.filter((file) => !wanted.test(file)),
    [],
  );
  for (const file of ['README.md', 'LICENSE', 'dist/esm/index.js', 'dist/cjs/index.js']) {
    assert.ok(files.includes(file), file);
  }
  const { dependencies } = JSON.parse(
    readFileSync(join(project, 'node_modules', '@neureus', 'sdk', 'package.json'), 'utf8'),
  ) as { dependencies?: unknown };
  assert.equal(dependencies, undefined);
});

describe('it runs', () => {
  for (const [name, [program = '', ...args]] of Object.entries({
    [`on Node ${process.version}`]: [process.execPath],
    ...runtimes,
  })) {
    test(`${name}, as a module`, async () => {
      assert.match(await run(program, [...args, 'main.mjs']), SEEN);
    });
    test(`${name}, by require`, async () => {
      assert.match(await run(program, [...args, 'main.cjs']), SEEN);
    });
  }

  test('in workerd', async () => {
    const worker = `import * as sdk from './sdk.js';
import { smoke } from './smoke.js';
export default {
  async fetch() {
    try {
      return new Response('seen: ' + (await smoke(sdk, ${facts})).join(' '));
    } catch (error) {
      return new Response(String(error?.stack), { status: 500 });
    }
  },
};`;
    const esm = join(project, 'node_modules', '@neureus', 'sdk', 'dist', 'esm', 'index.js');
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        name: 'sdk',
        compatibilityDate: '2026-11-17',
        modulesRoot: project,
        modules: [
          { type: 'ESModule', path: join(project, 'main.js'), contents: worker },
          { type: 'ESModule', path: join(project, 'sdk.js'), contents: readFileSync(esm, 'utf8') },
          {
            type: 'ESModule',
            path: join(project, 'smoke.js'),
            contents: readFileSync(join(project, 'smoke.mjs'), 'utf8'),
          },
        ],
        host: '127.0.0.1',
        port: 0,
        cf: false,
      }),
    );
    try {
      const response = await miniflare.dispatchFetch('http://worker.test/');
      assert.match(await response.text(), SEEN);
    } finally {
      await miniflare.dispose();
    }
  });

  test('in Chromium, with a widget key', async () => {
    const server = createServer((request, response) => {
      const files: Record<string, [string, string]> = {
        '/': ['text/html', '<!doctype html><title>x</title>'],
        '/sdk.js': [
          'text/javascript',
          readFileSync(join(project, 'node_modules/@neureus/sdk/dist/esm/index.js'), 'utf8'),
        ],
        '/smoke.js': ['text/javascript', readFileSync(join(project, 'smoke.mjs'), 'utf8')],
      };
      const [type, body] = files[request.url ?? ''] ?? ['text/plain', ''];
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const widget = await gateway.makeKey({ type: 'pk', origins: [origin] });
    const browser = await chromium.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    });
    try {
      const page = await browser.newPage();
      await page.goto(origin);
      const seen: unknown = await page.evaluate(
        `Promise.all([import('/sdk.js'), import('/smoke.js')]).then(([sdk, { smoke }]) =>
          smoke(sdk, ${JSON.stringify({ key: widget.key, url: gateway.url })}))`,
      );
      assert.deepEqual(seen, ['chat', 'stream', 'error', 'abort']);
    } finally {
      await browser.close();
      server.close();
    }
  });
});

describe('its types are found', () => {
  const program = `import { Neureus, RateLimitedError, type ChatAnswer } from '@neureus/sdk';
const client = new Neureus({ apiKey: 'nru_x' });
export async function main(): Promise<string> {
  const answer: ChatAnswer = await client.ai.chat({ messages: [{ role: 'user', content: 'x' }] });
  for await (const text of client.ai.stream({ messages: [] })) text.trim();
  const error: unknown = undefined;
  if (error instanceof RateLimitedError) return error.headers['retry-after'] ?? '';
  // @ts-expect-error: there is no such field
  return answer.nothing;
}
`;
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  for (const [what, file, flags] of [
    ['in a module', 'use.mts', ['--module', 'nodenext']],
    ['by require', 'use.cts', ['--module', 'node16']],
    ['by a bundler', 'bundled.ts', ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ] as const) {
    test(what, async () => {
      writeFileSync(join(project, file), program);
      // The package's declarations are checked, too.
      const strict = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2022'];
      await run(tsc, [
        ...strict,
        '--lib',
        'es2022,dom,dom.iterable',
        '--types',
        '',
        ...flags,
        file,
      ]);
    });
  }
});
