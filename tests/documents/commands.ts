/** Commands that pages name and that cannot be run here: what of them can be told from the programs' own help. Pure. */

/** Every call of wrangler in a page, in blocks and in the middle of sentences; names in capitals are all one. */
export function wranglerCalls(markdown: string): string[] {
  const calls = markdown.matchAll(/npx wrangler ([^`|#\n]+)/g);
  return [
    ...new Set([...calls].map(([, call = '']) => call.trim().replace(/\b[A-Z_]{2,}\b/, 'NAME'))),
  ];
}

/** Every script of package.json that a page calls. */
export function npmScripts(markdown: string): string[] {
  const calls = markdown.matchAll(/npm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/g);
  return [...new Set([...calls].map(([, run, own]) => run ?? own ?? ''))];
}

/** What is wrong with a call, by the help that the program gives for it. */
export function differenceOf(call: string, help: string): string | undefined {
  const words = call.split(/\s+/);
  const options = words.filter((word) => word.startsWith('--'));
  for (const option of options) {
    if (!new RegExp(`${option}\\b`).test(help)) return `there is no ${option}`;
  }
  // `wrangler d1 create <name>`: the help is that of the command, or of what is above it.
  const usage = /^wrangler((?: [a-z0-9-]+)*)((?: [<[].*)?)$/m.exec(help);
  if (!usage) return 'there is no help';
  const command = (usage[1] ?? '').trim().split(' ').filter(Boolean);
  const places = (usage[2] ?? '').match(/[<[][^>\]]+[>\]]/g) ?? [];
  const values = options.filter((option) => isAValue(words, option)).length;
  const given = words.length - options.length - values - command.length;
  if (command.some((word, at) => words[at] !== word)) return `that is ${command.join(' ')}`;
  if (given > places.length) return `there is no such command below ${command.join(' ')}`;
  const needed = places.filter((place) => place.startsWith('<')).length;
  return given < needed ? `it needs ${places.join(' ')}` : undefined;
}

/** Whether a word follows an option that can only be its value: options stand last. */
function isAValue(words: readonly string[], option: string): boolean {
  const next = words[words.indexOf(option) + 1];
  return next !== undefined && !next.startsWith('--');
}
