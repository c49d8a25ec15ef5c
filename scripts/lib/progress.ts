/** What a long step says while it runs: one line that is redrawn on a terminal, a rare line elsewhere. */

/** `83 ms`, `4.2 s`, `1 m 20 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} m ${Math.round((ms % 60_000) / 1000)} s`;
}

/** A line on standard error about work in progress. */
export class Progress {
  private readonly label: string;
  private readonly started = performance.now();
  private readonly timer: NodeJS.Timeout;
  private detail = '';

  constructor(label: string) {
    this.label = label;
    const terminal = process.stderr.isTTY;
    if (!terminal) console.error(`${label} …`);
    this.timer = setInterval(
      () =>
        terminal ? process.stderr.write(`\r\x1b[2K${this.line()}`) : console.error(this.line()),
      terminal ? 500 : 20_000,
    );
  }

  private line(): string {
    const detail = this.detail ? ` (${this.detail})` : '';
    return `${this.label} … ${duration(performance.now() - this.started)}${detail}`;
  }

  /** What is happening at the moment. */
  update(detail: string): void {
    this.detail = detail;
  }

  /** Ends the line; with a sentence, leaves it there with the time it took. */
  done(sentence?: string): void {
    clearInterval(this.timer);
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
    if (sentence) console.error(`${sentence} in ${duration(performance.now() - this.started)}.`);
  }
}

/** Turns cargo's output into progress: how many crates it has compiled. */
export function compiling(progress: Progress): (line: string) => void {
  let crates = 0;
  return (line) => {
    if (/^\s*(?:\x1b\[[\d;]*m)*Compiling /.test(line))
      progress.update(`${++crates} crates compiled`);
  };
}
