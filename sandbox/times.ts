/** Directives that hold only for the first few requests with the same text. */

/** How many texts are remembered; the oldest are forgotten first. */
const MOST = 1_000;

export class Times {
  #seen = new Map<string, number>();

  /** Whether this is one of the first `most` requests with this text; it counts from then on. */
  take(text: string, most: number): boolean {
    const before = this.#seen.get(text) ?? 0;
    this.#seen.delete(text);
    this.#seen.set(text, before + 1);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST && oldest !== undefined) this.#seen.delete(oldest);
    return before < most;
  }

  clear(): void {
    this.#seen.clear();
  }
}
