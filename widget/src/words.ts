/** What the widget says when something does not work: polite, and without numbers of the owner's business. Pure. */
import { ApiError } from '../../sdk/src/error.ts';

export interface Apology {
  text: string;
  /** Milliseconds until it is worth another try; the rest of the time there is a countdown. */
  waitMs?: number;
  /** Whether another try is of no use on this page. */
  final?: true;
}

/** Of a wait that is not worth counting down. */
const LONG_MS = 10 * 60_000;

export function apologyFor(error: unknown): Apology {
  if (!(error instanceof ApiError)) {
    return { text: 'The chat cannot be reached just now. Please try again.' };
  }
  switch (error.status) {
    case 401:
      return { text: 'This chat is not set up correctly.', final: true };
    case 402:
      return { text: 'This chat is taking a break. Please come back later.', final: true };
    case 403:
      return { text: 'This chat may not be used on this page.', final: true };
    case 413:
      return { text: 'That is too long for this chat. Please ask something shorter.' };
    case 422:
      return {
        text: 'Your message seems to hold personal data, which this chat may not take. Nothing of it was stored.',
      };
    case 429:
      return limited(error);
    case 503:
      return limited(error);
    default:
      return { text: 'Something went wrong. Please try again.' };
  }
}

function limited({ headers, status }: ApiError): Apology {
  const exact = Number(headers['retry-after-ms'] ?? NaN);
  const waitMs = exact > 0 ? exact : Number(headers['retry-after'] ?? 1) * 1000;
  if (!(waitMs > 0 && waitMs <= LONG_MS)) {
    return { text: 'This chat is very busy. Please come back later.', final: true };
  }
  return {
    text: status === 429 ? 'That was a lot at once.' : 'This chat is very busy.',
    waitMs,
  };
}

/** `You can write again in 1 minute 5 seconds.` */
export function countdown(leftMs: number): string {
  const seconds = Math.max(Math.ceil(leftMs / 1000), 0);
  if (seconds === 0) return 'You can write again.';
  const parts = [
    [Math.floor(seconds / 60), 'minute'],
    [seconds % 60, 'second'],
  ] as const;
  const said = parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`);
  return `You can write again in ${said.join(' ')}.`;
}
