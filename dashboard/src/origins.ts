/** Origins as they are typed. The gateway judges them; this says early what it would not take. */

/** One origin a line; what is wrong with the first bad one. */
export function originsOf(text: string): { origins: string[]; error?: string } {
  const origins = text.split(/[\s,]+/).filter(Boolean);
  const bad = origins.find(
    (origin) => origin !== '*' && !/^https?:\/\/(\*\.)?[^/*?#@\s]+$/i.test(origin),
  );
  if (bad === undefined) return { origins };
  return { origins, error: `${bad} is no origin: https://example.com, without a path.` };
}
