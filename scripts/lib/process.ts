/**
 * Child processes and the life of a script: every child ends when the script ends, a failure is one
 * sentence, and standard output is left to the script that was asked for.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';

/** The repository. */
export const root: string = join(import.meta.dirname, '..', '..');

/** A failure that the reader can act on: shown as one sentence, without a stack. */
export class Failure extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const children = new Set<ChildProcess>();
const closers: (() => Promise<void>)[] = [];
let stopping = false;

/** Runs before the script exits, whether it ends by itself or by a signal. */
export function onExit(close: () => Promise<void>): void {
  closers.push(close);
}

/** Whether the script has been asked to end. */
export function isStopping(): boolean {
  return stopping;
}

async function close(): Promise<void> {
  stopping = true;
  for (const closer of closers.splice(0).reverse()) await closer().catch(() => {});
  await Promise.all([...children].map((child) => end(child)));
}

/** Ends a child: politely, and after `patience` ms for good. */
export async function end(child: ChildProcess, patience = 4000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  await gone;
  clearTimeout(timer);
}

/** Runs a script: reports its failure, ends its children, sets the exit code. */
export function main(script: () => Promise<number | undefined>): void {
  const stop = (code: number): void => {
    if (stopping) return;
    void close().finally(() => process.exit(code));
  };
  process.on('SIGINT', () => stop(130));
  process.on('SIGTERM', () => stop(143));
  process.on('SIGHUP', () => stop(129));
  if (process.channel) {
    process.on('disconnect', () => stop(143));
    process.channel.unref();
  }
  script().then(
    async (code) => {
      if (stopping) return;
      await close();
      process.exit(code ?? 0);
    },
    async (error: unknown) => {
      if (stopping) return;
      if (error instanceof Failure) console.error(`error: ${error.message}`);
      else console.error(error);
      await close();
      process.exit(error instanceof Failure ? error.exitCode : 1);
    },
  );
}

/** Starts a child that cannot outlive the script. */
export function start(command: string, args: string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { cwd: root, ...options });
  children.add(child);
  child.once('exit', () => children.delete(child));
  child.once('error', () => children.delete(child));
  return child;
}

/** How a finished child went. */
export type Outcome = { code: number; stdout: string; stderr: string; output: string };

/** Runs a command to its end and keeps what it printed. A command that does not exist ends with 127. */
export function capture(
  command: string,
  args: string[],
  options: {
    env?: NodeJS.ProcessEnv;
    cwd?: string;
    onLine?: (line: string) => void;
    timeoutMs?: number;
  } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = start(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.env ? { env: options.env } : {}),
      ...(options.cwd ? { cwd: options.cwd } : {}),
    });
    const timer = options.timeoutMs
      ? setTimeout(() => child.kill('SIGKILL'), options.timeoutMs)
      : undefined;
    const text = { stdout: '', stderr: '', output: '' };
    const listen = (name: 'stdout' | 'stderr'): void => {
      let rest = '';
      child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
        text[name] += chunk;
        text.output += chunk;
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) options.onLine?.(line);
      });
    };
    listen('stdout');
    listen('stderr');
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout: '', stderr: error.message, output: error.message });
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 1, ...text });
    });
  });
}

/** Runs a command with its output on the terminal (both streams on standard error when `quiet`). */
export function show(
  command: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; quiet?: boolean } = {},
): Promise<number> {
  return new Promise((resolve) => {
    const child = start(command, args, {
      stdio: ['ignore', options.quiet ? 2 : 'inherit', 'inherit'],
      ...(options.env ? { env: options.env } : {}),
    });
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
