/** The API document, for machines and for people: openapi.json, reference.html and its style sheet. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/process.ts';
import { referencePage } from './reference/page.ts';
import type { ApiDocument } from './reference/page.ts';

/** What they are made from. */
export const referenceSources: readonly string[] = [
  'docs/openapi.json',
  'scripts/reference.ts',
  'scripts/reference',
];

export async function reference(folder: string): Promise<void> {
  const document = JSON.parse(
    readFileSync(join(root, 'docs', 'openapi.json'), 'utf8'),
  ) as ApiDocument;
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(document));
  writeFileSync(join(folder, 'reference.html'), referencePage(document));
  copyFileSync(join(root, 'scripts', 'reference', 'reference.css'), join(folder, 'reference.css'));
}
