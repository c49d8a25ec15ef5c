/** Answers that wait, by name, until they are released; and what happens once only, by name. */
export class Holds {
  #met = new Set<string>();
  #waiting = new Map<string, Set<() => void>>();

  /** Names that answers wait for now. */
  get names(): string[] {
    return [...this.#waiting.keys()].sort();
  }

  /** Resolves at the next release of the name, or when the signal aborts. */
  wait(name: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name) ?? new Set();
      this.#waiting.set(name, waiting);
      const leave = (): void => {
        waiting.delete(leave);
        if (waiting.size === 0 && this.#waiting.get(name) === waiting) this.#waiting.delete(name);
        signal.removeEventListener('abort', leave);
        resolve();
      };
      waiting.add(leave);
      signal.addEventListener('abort', leave);
      if (signal.aborted) leave();
    });
  }

  /** Whether this name was never met before. */
  isFirst(name: string): boolean {
    const first = !this.#met.has(name);
    this.#met.add(name);
    return first;
  }

  /** Lets all go that wait for the name now. Returns how many. */
  release(name: string): number {
    const waiting = [...(this.#waiting.get(name) ?? [])];
    for (const leave of waiting) leave();
    return waiting.length;
  }
}
