/** The headers of an answer, as a plain record and with `get`. */

/**
 * Names are in lower case: `headers['retry-after']`. `headers.get('Retry-After')` takes any case. What is
 * not there is `undefined`, and `null` from `get`.
 */
export type ResponseHeaders = Readonly<Record<string, string | undefined>> & {
  get(name: string): string | null;
};

const methods = {
  get(this: Record<string, string | undefined>, name: string): string | null {
    return this[name.toLowerCase()] ?? null;
  },
};
// Nothing of Object.prototype: a record of headers has no `constructor`. `get` is not listed either.
const prototype: object = Object.create(null, {
  get: { value: methods.get, enumerable: false },
}) as object;

/** Copies the headers of a `Response`. */
export function headersOf(headers: Headers): ResponseHeaders {
  const record = Object.create(prototype) as Record<string, string>;
  headers.forEach((value, name) => (record[name.toLowerCase()] = value));
  return record as unknown as ResponseHeaders;
}
