// What the platform has bound: objects, KV, D1, the brake, data points, the log.
import { within } from './promise.js';

// The ids of objects by namespace and name: an id is a digest of the name.
const IDS_MAX = 1024;
const ids = new WeakMap();

function idOf(namespace, name) {
  let known = ids.get(namespace);
  if (known === undefined) ids.set(namespace, (known = new Map()));
  let id = known.get(name);
  if (id === undefined) {
    if (known.size >= IDS_MAX) known.clear();
    known.set(name, (id = namespace.idFromName(name)));
  }
  return id;
}

// One message to an object and its answer, as text.
export function call(namespace, name, message, deadlineMs) {
  return within(deadlineMs, namespace.get(idOf(namespace, name)).step(message));
}

// How long an object may take to hear, and how long to wait before saying it again, in ms.
const HEARD_MS = 5000;
const PAUSES_MS = [100, 1000, 5000];

// Tells an object something until it has heard.
export async function insist(namespace, name, message) {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await call(namespace, name, message, HEARD_MS);
    } catch {
      await scheduler.wait(pauseMs);
    }
  }
  return call(namespace, name, message, HEARD_MS).catch((error) => {
    console.error(`an object has not heard the end of a request: ${error}`);
  });
}

export function kvGet(namespace, key, deadlineMs) {
  return within(deadlineMs, namespace.get(key));
}

export function kvPut(namespace, key, value, deadlineMs) {
  return within(deadlineMs, namespace.put(key, value));
}

export function kvDelete(namespace, key, deadlineMs) {
  return within(deadlineMs, namespace.delete(key));
}

// The first row of a query as JSON, or null.
export async function d1First(database, sql, values, deadlineMs) {
  const row = await within(
    deadlineMs,
    database
      .prepare(sql)
      .bind(...values)
      .first(),
  );
  return row === null ? null : JSON.stringify(row);
}

// Statements, `[[sql, value, …], …]` as JSON, all or none; each one's rows, as JSON.
export async function d1Batch(database, statements, deadlineMs) {
  const prepared = JSON.parse(statements).map(([sql, ...values]) =>
    database.prepare(sql).bind(...values),
  );
  const results = await within(deadlineMs, database.batch(prepared));
  return JSON.stringify(results.map((result) => result.results));
}

export async function brake(limiter, key, deadlineMs) {
  return (await within(deadlineMs, limiter.limit({ key }))).success === true;
}

// The data points of one request: {requests, tokens?, auth}. Writing waits for nothing.
export function writePoints(requests, tokens, auth, json) {
  const points = JSON.parse(json);
  requests.writeDataPoint(points.requests);
  if (points.tokens) tokens.writeDataPoint(points.tokens);
  auth.writeDataPoint(points.auth);
}

// One line of the log, as JSON already.
export function logLine(line) {
  console.log(line);
}
