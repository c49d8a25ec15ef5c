// Bootstrap: `node scripts/run.mjs <script.ts> [arguments]`.
//
// Runs on whatever Node is on the machine (20 or newer) and needs nothing installed. It installs the
// locked npm packages when they are missing or stale, then hands over to the script on the Node that
// the lockfile pins, which runs TypeScript as it is. Everything it says goes to standard error, so that
// a script's standard output stays its own.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const [script, ...rest] = process.argv.slice(2);

function fail(sentence) {
  console.error(`error: ${sentence}`);
  process.exit(1);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether node_modules holds what package-lock.json says; npm keeps its own record of what it installed. */
function installed() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  const present = readJson(join(modules, '.package-lock.json'))?.packages;
  if (!wanted) fail('package-lock.json is missing or unreadable.');
  if (!present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    return found ? found.version === entry.version : entry.optional === true || entry.peer === true;
  });
}

function works(...command) {
  return spawnSync(command[0], command.slice(1), { stdio: 'ignore', timeout: 30_000 }).status === 0;
}

function npm(...args) {
  const own = process.env.npm_execpath;
  const command = own && existsSync(own) ? [process.execPath, own] : ['npm'];
  const result = spawnSync(command[0], [...command.slice(1), ...args, '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (result.error) fail(`npm could not be started (${result.error.message}).`);
  if (result.signal) process.exit(130);
  return result.status === 0;
}

/** The pinned Node when this platform has one, otherwise this one if it can run TypeScript. */
function findNode() {
  const pinned = join(modules, '.bin', 'node');
  if (existsSync(pinned) && works(pinned, '--version')) return pinned;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  return fail(
    `Node ${process.versions.node} is too old and no newer one is packaged for this platform; install Node 24.`,
  );
}

if (!script) fail('which script? usage: node scripts/run.mjs <script.ts> [arguments]');
if (!existsSync(join(root, script))) fail(`${script} does not exist.`);

if (!installed()) {
  const started = Date.now();
  console.error('Installing npm packages (once, about half a minute) …');
  // Not `npm ci`: it insists on lock entries for the optional packages of every platform, and those of
  // workerd can be locked only where the registry serves them. The check afterwards is as strict.
  if (!npm('install', '--no-save')) fail('`npm install` failed; its messages are above.');
  if (!installed())
    fail('package-lock.json does not fit package.json: run `npm install` and keep its changes.');
  console.error(`Installed npm packages in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
  // npm can be told to hold install scripts back; two packages unpack their program in one.
  const programs = ['esbuild', 'workerd'];
  const broken = () => programs.filter((name) => !works(join(modules, '.bin', name), '--version'));
  if (broken().length > 0) npm('rebuild', ...broken());
  if (broken().length > 0) {
    fail(
      `${broken().join(' and ')} did not install; allow install scripts (npm config get ignore-scripts) and retry.`,
    );
  }
}

const child = spawn(
  findNode(),
  ['--disable-warning=ExperimentalWarning', join(root, script), ...rest],
  {
    cwd: root,
    // The fourth channel tells the script when this process is gone, however it went.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${join(modules, '.bin')}:${process.env.PATH ?? ''}` },
  },
);
// The terminal's Ctrl-C reaches the script itself; a signal sent to this process alone is passed on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
const parent = process.ppid;
setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 1000).unref();
child.on('error', (error) => fail(error.message));
child.on('exit', (code, signal) =>
  process.exit(signal ? 128 + (signal === 'SIGINT' ? 2 : 15) : (code ?? 1)),
);
