/** The client libraries that are tried: what each is called, how its program is run, and which version is pinned. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/process.ts';

/** The programs and what they depend on. */
export const sources = join(root, 'tests', 'clients');
/** Where all of it is installed. */
export const installed = join(root, 'build', 'clients');

export type Kind = 'js' | 'python' | 'rust';

export interface Client {
  id: string;
  kind: Kind;
  /** As its registry calls them; the first is the one that the table names. */
  packages: string[];
  program: string;
}

export const clients: Client[] = [
  { id: 'openai-js', kind: 'js', packages: ['openai'], program: 'openai.js' },
  { id: 'anthropic-js', kind: 'js', packages: ['@anthropic-ai/sdk'], program: 'anthropic.js' },
  {
    id: 'ai-openai-compatible',
    kind: 'js',
    packages: ['@ai-sdk/openai-compatible', 'ai'],
    program: 'ai-openai-compatible.js',
  },
  {
    id: 'ai-anthropic',
    kind: 'js',
    packages: ['@ai-sdk/anthropic', 'ai'],
    program: 'ai-anthropic.js',
  },
  {
    id: 'langchain-js',
    kind: 'js',
    packages: ['@langchain/openai'],
    program: 'langchain-openai.js',
  },
  { id: 'openai-python', kind: 'python', packages: ['openai'], program: 'openai_client.py' },
  {
    id: 'anthropic-python',
    kind: 'python',
    packages: ['anthropic'],
    program: 'anthropic_client.py',
  },
  { id: 'litellm', kind: 'python', packages: ['litellm'], program: 'litellm_client.py' },
  {
    id: 'langchain-python',
    kind: 'python',
    packages: ['langchain-openai'],
    program: 'langchain_openai_client.py',
  },
  { id: 'async-openai', kind: 'rust', packages: ['async-openai'], program: 'neureus-edge-clients' },
];

export const registries: Record<Kind, string> = { js: 'npm', python: 'PyPI', rust: 'crates.io' };

export function python(): string {
  return join(installed, 'python', 'venv', 'bin', 'python');
}

export function commandOf({ kind, program }: Client): [string, string[]] {
  if (kind === 'js') return [process.execPath, [join(installed, 'js', program)]];
  if (kind === 'python') return [python(), [join(sources, 'python', program)]];
  return [join(installed, 'rust', 'debug', program), []];
}

/** What the table calls it: the versions that are pinned. */
export function versionOf({ kind, packages }: Client): string {
  const read = (...path: string[]): string => readFileSync(join(sources, ...path), 'utf8');
  const version = (name: string): string | undefined => {
    if (kind === 'js') {
      const { dependencies } = JSON.parse(read('js', 'package.json')) as {
        dependencies: Record<string, string>;
      };
      return dependencies[name];
    }
    const [file, pattern] =
      kind === 'python'
        ? (['python/requirements.txt', `^${name}==(\\S+)$`] as const)
        : (['rust/Cargo.toml', `^${name} = .*"=([^"]+)"`] as const);
    return new RegExp(pattern, 'm').exec(read(file))?.[1];
  };
  const named = packages.map((name) => `\`${name}\` ${version(name) ?? '?'}`).join(' with ');
  return `${registries[kind]}: ${named}`;
}
