/** Text to HTML: escaping, and the little Markdown that descriptions of the API document use. Pure. */

export function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

export function code(text: string): string {
  return `<code>${escape(text)}</code>`;
}

/** A line with `code` in it. */
export function inline(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => (/^`.+`$/.test(part) ? code(part.slice(1, -1)) : escape(part)))
    .join('');
}

/** Paragraphs, with blank lines between them. */
export function paragraphs(text: string | undefined): string {
  if (!text) return '';
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => `<p>${inline(paragraph.trim())}</p>`)
    .join('\n');
}

/** A name for links within the page. */
export function anchor(...names: string[]): string {
  return names.join('-').replace(/[^A-Za-z0-9_-]+/g, '-');
}
