/**
 * The code blocks of a page, and what is to be done with each. Pure.
 *
 * `<!-- not run: why -->` before a block says that it is not run, and why. Any other block of a language that is known here
 * is run, and a language that is not known is an error: nothing slips through by a typing error.
 */

export interface Block {
  language: string;
  text: string;
  /** The line of the fence, from 1. */
  line: number;
  /** Why it is not run, where it is not. */
  reason?: string;
}

/** What is shown and not run: output, other people's formats. */
const SHOWN = new Set(['text', 'html', 'toml', 'sql', 'http', 'yaml']);
/** What the tests run. */
const RUN = new Set(['sh', 'js', 'ts', 'python', 'json']);

const MARK = /^<!-- not run: (.+) -->$/;

export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: (Block & { fence: string; indent: number }) | undefined;
  let reason: string | undefined;
  for (const [at, line] of markdown.split('\n').entries()) {
    if (open) {
      if (line.trim() === open.fence) {
        const { fence: _fence, indent: _indent, ...block } = open;
        blocks.push(block);
        open = undefined;
      } else open.text += `${line.slice(Math.min(open.indent, line.search(/\S|$/)))}\n`;
      continue;
    }
    const [, indent = '', fence, language = ''] = /^( *)(`{3,})(\S*)\s*$/.exec(line) ?? [];
    if (fence !== undefined) {
      const known = RUN.has(language) || SHOWN.has(language);
      if (!known) throw new Error(`line ${at + 1}: no such language as "${language}"`);
      const found = { language, text: '', line: at + 1, fence, indent: indent.length };
      open = reason === undefined ? found : { ...found, reason };
      reason = undefined;
      continue;
    }
    const mark = MARK.exec(line.trim())?.[1];
    if (mark !== undefined) reason = mark;
    // A mark belongs to the block that comes next.
    else if (line.trim() !== '') {
      if (reason !== undefined) throw new Error(`line ${at + 1}: a mark without a block`);
    }
  }
  if (open) throw new Error(`line ${open.line}: a block without an end`);
  return blocks;
}

/** The blocks to run, or to read, of a language. */
export function toRun(blocks: readonly Block[], language: string): Block[] {
  return blocks.filter((block) => block.language === language && block.reason === undefined);
}
