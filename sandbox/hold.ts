/** Answers that wait, by name, until they are released. */
export class Holds {
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

  /** Lets all go that wait for the name now. Returns how many. */
  release(name: string): number {
    const waiting = [...(this.#waiting.get(name) ?? [])];
    for (const leave of waiting) leave();
    return waiting.length;
  }
}
