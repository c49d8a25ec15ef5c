/** What was said, in this page and as long as it is open. Pure. */
import type { Message } from '../../sdk/src/chat.ts';

/** What is sent of it: a model remembers no more, and a request stays small. */
const LONGEST = 20;
const MOST_CHARACTERS = 24_000;

export class Conversation {
  #turns: { role: 'user' | 'assistant'; content: string }[] = [];

  /** What to send: the last turns, beginning with one of the visitor. */
  with(question: string): Message[] {
    const turns = [...this.#turns, { role: 'user' as const, content: question }];
    let characters = 0;
    let from = turns.length;
    while (from > 0 && turns.length - from < LONGEST) {
      characters += turns[from - 1]?.content.length ?? 0;
      if (characters > MOST_CHARACTERS && from < turns.length) break;
      from -= 1;
    }
    const kept = turns.slice(from);
    const first = kept.findIndex(({ role }) => role === 'user');
    return kept.slice(first);
  }

  /** Only what was answered, in part or whole, was said. */
  add(question: string, answer: string): void {
    this.#turns.push({ role: 'user', content: question }, { role: 'assistant', content: answer });
  }

  clear(): void {
    this.#turns = [];
  }
}
