// Who calls: the key's form and checksum, its hash, and the record that names its tenant.
import { HttpError } from './chat.js';
import { within } from './deadline.js';

const KEY = /^(?:nru|pk)_[0-9A-Za-z]{38}$/;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KV_MS = 3_000;
const TTL_MS = 60_000;
const CAPACITY = 4_096;

const encoder = new TextEncoder();
const records = new Map();

const CRC_TABLE = new Uint32Array(256);
for (let n = 0; n < 256; n++) {
  let crc = n;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  CRC_TABLE[n] = crc;
}

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

function digits(number) {
  let text = '';
  for (let i = 0; i < 6; i++) {
    text = ALPHABET[number % 62] + text;
    number = Math.floor(number / 62);
  }
  return text;
}

async function recordOf(env, hash) {
  if (!env.CACHE_KEYS) return within(KV_MS, env.KEYS.get(hash, 'json'));
  const now = Date.now();
  const known = records.get(hash);
  if (known && now - known.at < TTL_MS) return known.record;
  const record = await within(KV_MS, env.KEYS.get(hash, 'json'));
  if (record) {
    records.delete(hash);
    records.set(hash, { at: now, record });
    if (records.size > CAPACITY) records.delete(records.keys().next().value);
  }
  return record;
}

export async function authenticate(request, env) {
  const header = request.headers.get('authorization') ?? '';
  const key = header.startsWith('Bearer ') ? header.slice(7) : '';
  if (!KEY.test(key) || digits(crc32(encoder.encode(key.slice(0, -6)))) !== key.slice(-6)) {
    throw new HttpError(401, 'UNAUTHORIZED');
  }
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(key));
  const hash = new Uint8Array(digest).toHex();
  const record = await recordOf(env, hash);
  if (!record) throw new HttpError(401, 'UNAUTHORIZED');
  return { hash, record };
}
