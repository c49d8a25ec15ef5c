/**
 * Turns drafts into lines of the corpus: `node core/corpus/fill.ts <draft> …` writes
 * `dev/<name>.jsonl` and `unseen/<name>.jsonl`, the texts of a draft going to one and the other in turn.
 *
 * A draft is lines of text under headings: `# <kinds> <form> [maybe=<kinds>]`, where `-` means no kind. A line is one
 * text, with `\n`, `\t` and `\r` for what they usually mean, except in request bodies; `<<<` and `>>>` on lines of their own enclose a text of
 * several lines, taken as it is. `{{ssn}}` becomes an invented value, `{{ssn|zw}}` the value disguised, `{{=any text|b64}}`
 * that text disguised. Values have the right check digits and follow from the draft's name and the text's
 * place in it, so that the same draft gives the same lines. Telephone numbers, addresses of machines, e-mail domains
 * and NHS numbers are from the ranges reserved for examples, cards from the networks' test ranges.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Random = (below: number) => number;

/** Reproducible: the values of a corpus must not change from run to run. */
function random(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE();
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const pick = <T>(r: Random, list: readonly T[]): T => list[r(list.length)] as T;
const from = (r: Random, alphabet: string, length: number) =>
  Array.from({ length }, () => alphabet[r(alphabet.length)]).join('');
const digits = (r: Random, length: number) => from(r, '0123456789', length);
const letters = (r: Random, length: number) => from(r, 'ABCDEFGHJKLMNPRSTUVWXYZ', length);
const between = (r: Random, low: number, high: number) => low + r(high - low + 1);
const two = (n: number) => String(n).padStart(2, '0');

function luhn(body: string): string {
  const sum = [...body].reverse().reduce((total, digit, index) => {
    const n = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (n > 9 ? n - 9 : n);
  }, 0);
  return String((10 - (sum % 10)) % 10);
}

function base58check(payload: Buffer): string {
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
  const bytes = Buffer.concat([payload, hash(hash(payload)).subarray(0, 4)]);
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  let n = BigInt(`0x${bytes.toString('hex')}`);
  let out = '';
  for (; n > 0n; n /= 58n) out = alphabet[Number(n % 58n)] + out;
  for (const byte of bytes) {
    if (byte !== 0) break;
    out = `1${out}`;
  }
  return out;
}

function bech32(r: Random): string {
  const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
  const data = [0, ...Array.from({ length: 32 }, () => r(32))];
  const polymod = (values: number[]) =>
    values.reduce((chk, value) => {
      const top = chk >>> 25;
      return [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3].reduce(
        (sum, generator, i) => ((top >>> i) & 1 ? sum ^ generator : sum),
        ((chk & 0x1ffffff) << 5) ^ value,
      );
    }, 1);
  const sum = polymod([3, 3, 0, 2, 3, ...data, 0, 0, 0, 0, 0, 0]) ^ 1;
  const check = [0, 1, 2, 3, 4, 5].map((i) => (sum >>> (5 * (5 - i))) & 31);
  return `bc1${[...data, ...check].map((i) => alphabet[i]).join('')}`;
}

function iban(r: Random, country?: string): string {
  const shapes: Record<string, string> = {
    DE: '9'.repeat(18),
    GB: 'AAAA' + '9'.repeat(14),
    FR: '9'.repeat(23),
    NL: 'AAAA' + '9'.repeat(10),
    ES: '9'.repeat(20),
    IT: 'A' + '9'.repeat(22),
    CH: '9'.repeat(17),
    AT: '9'.repeat(16),
    BE: '9'.repeat(12),
    PL: '9'.repeat(24),
    SE: '9'.repeat(20),
    NO: '9'.repeat(11),
    IE: 'AAAA' + '9'.repeat(14),
    SA: '9'.repeat(20),
  };
  const code = country ?? pick(r, Object.keys(shapes));
  const body = [...(shapes[code] ?? '')]
    .map((shape) => (shape === 'A' ? letters(r, 1) : digits(r, 1)))
    .join('');
  const number = [...`${body}${code}00`].map((c) => parseInt(c, 36)).join('');
  return `${code}${two(98 - Number(BigInt(number) % 97n))}${body}`;
}

function vin(r: Random): string {
  const maker = pick(r, ['1HG', '1FT', '2T1', '3VW', '5YJ', 'WBA', 'JM1', 'KMH', '4S3', '1G1']);
  const alphabet = '0123456789ABCDEFGHJKLMNPRSTUVWXYZ';
  const body = maker + from(r, alphabet, 5) + '0' + from(r, 'ABCDEFGHJKLMNPR', 1);
  const whole = body + letters(r, 1) + digits(r, 6);
  const letter: Record<string, number> = {};
  ['ABCDEFGH', 'JKLMN', 'P', 'R', 'STUVWXYZ'].forEach((run, index) =>
    [...run].forEach((c, i) => (letter[c] = [1, 1, 7, 9, 2][index]! + i)),
  );
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
  const sum = [...whole].reduce((s, c, i) => s + (letter[c] ?? Number(c)) * weights[i]!, 0) % 11;
  return whole.slice(0, 8) + (sum === 10 ? 'X' : sum) + whole.slice(9);
}

function nhs(r: Random): string {
  for (;;) {
    const body = `999${digits(r, 6)}`;
    const sum = [...body].reduce((s, d, i) => s + Number(d) * (10 - i), 0);
    const check = 11 - (sum % 11);
    if (check !== 10) return body + (check === 11 ? 0 : check);
  }
}

function routing(r: Random): string {
  const body = two(between(r, 1, 12)) + digits(r, 6);
  const sum = [...body].reduce((s, d, i) => s + Number(d) * [3, 7, 1][i % 3]!, 0);
  return body + ((10 - (sum % 10)) % 10);
}

function dea(r: Random): string {
  const d = digits(r, 6);
  const n = [...d].map(Number) as [number, number, number, number, number, number];
  return `${pick(r, [...'ABFM'])}${letters(r, 1)}${d}${(n[0] + n[2] + n[4] + 2 * (n[1] + n[3] + n[5])) % 10}`;
}

function mbi(r: Random): string {
  const a = () => from(r, 'ACDEFGHJKMNPQRTUVWXY', 1);
  const n = () => digits(r, 1);
  const an = () => from(r, '0123456789ACDEFGHJKMNPQRTUVWXY', 1);
  return between(r, 1, 9) + a() + an() + n() + a() + an() + n() + a() + a() + n() + n();
}

function npi(r: Random): string {
  const body = `1${digits(r, 8)}`;
  return body + luhn(`80840${body}`);
}

function card(r: Random, length = 16): string {
  const prefix =
    length === 15 ? '3782822' : length === 14 ? '3056930' : pick(r, ['424242', '411111', '555555']);
  const body = prefix + digits(r, length - 1 - prefix.length);
  return body + luhn(body);
}

const groups = (text: string, size: number, by: string) =>
  text.match(new RegExp(`.{1,${size}}`, 'g'))?.join(by) ?? text;

const given = (
  'Amelia Tobias Priya Mateo Ingrid Kwame Leila Duncan Rosalind Hiroshi Beatriz Callum Noor Stefan Tamsin Idris Greta ' +
  'Marcus Yolanda Felix Odette Rafael Sunita Gareth Bronwyn Dmitri Carmen Lionel Aisha Theodore'
).split(' ');
const family = (
  'Hartwell Okonkwo Lindqvist Delacroix Brannigan Castellanos Whitfield Nakamura Petrov Abernathy Oyelaran Sandoval ' +
  'Kowalczyk Fairbanks Rasmussen Villanueva McAllister Thackeray Gupta Haverford Marchetti Ostrowski Quimby Tremblay'
).split(' ');
const streets = (
  'Maple,Birchwood,Old Mill,Chestnut Hill,Lakeview,Sycamore,Prospect,Juniper,Harbor View,Willow Creek,Thornfield,' +
  'Magnolia,Elm,Cedar Ridge,Fairmount'
).split(',');
const towns = (
  'Springfield IL 62704,Dayton OH 45402,Tacoma WA 98402,Boise ID 83702,Macon GA 31201,Duluth MN 55802,' +
  'Provo UT 84601,Savannah GA 31401,Fresno CA 93721,Albany NY 12207'
).split(',');

const values: Record<string, (r: Random, variant?: string) => string> = {
  ssn: (r, variant) => {
    const area = pick(r, [between(r, 1, 665), between(r, 667, 899)]);
    const parts = [
      String(area).padStart(3, '0'),
      two(between(r, 1, 99)),
      '' + between(r, 1000, 9999),
    ];
    return parts.join(variant === 'plain' ? '' : variant === 'space' ? ' ' : (variant ?? '-'));
  },
  itin: (r, variant) => {
    const group = pick(r, [between(r, 50, 65), between(r, 70, 88), between(r, 94, 99)]);
    return ['9' + digits(r, 2), group, between(r, 1000, 9999)].join(
      variant === 'plain' ? '' : variant === 'space' ? ' ' : '-',
    );
  },
  ein: (r, variant) =>
    pick(r, ['12', '27', '36', '45', '58', '61', '74', '82', '91']) +
    (variant === 'plain' ? '' : '-') +
    digits(r, 7),
  passport: (r, variant) =>
    variant === 'us'
      ? `5${digits(r, 8)}`
      : variant === 'ng'
        ? letters(r, 1) + digits(r, 8)
        : variant === 'in'
          ? letters(r, 1) + digits(r, 7)
          : variant === 'de'
            ? `C0${digits(r, 1)}${letters(r, 2)}${digits(r, 4)}`
            : pick(r, [
                `5${digits(r, 8)}`,
                letters(r, 1) + digits(r, 8),
                letters(r, 2) + digits(r, 7),
              ]),
  dl: (r, variant) =>
    variant === 'ca'
      ? letters(r, 1) + digits(r, 7)
      : variant === 'fl'
        ? `${letters(r, 1)}${digits(r, 3)}-${digits(r, 3)}-${digits(r, 2)}-${digits(r, 3)}-0`
        : variant === 'num'
          ? `4${digits(r, 8)}`
          : variant === 'uk'
            ? `${letters(r, 5)}${digits(r, 6)}${letters(r, 2)}9${letters(r, 2)}`
            : pick(r, [
                letters(r, 1) + digits(r, 7),
                `${letters(r, 1)}${digits(r, 12)}`,
                `2${digits(r, 7)}`,
              ]),
  email: (r) => {
    const host = pick(r, [
      'example.com',
      'example.org',
      'mail.example.net',
      'clinic.example',
      'corp.example.co.uk',
    ]);
    const first = pick(r, given).toLowerCase();
    const last = pick(r, family).toLowerCase();
    return (
      pick(r, [
        `${first}.${last}`,
        `${first[0]}${last}`,
        `${first}_${last}${r(90)}`,
        `${last}+rx`,
      ]) + `@${host}`
    );
  },
  phone: (r, variant) => {
    const area = pick(r, ['212', '415', '312', '206', '617', '503', '702', '404']);
    const last = `01${digits(r, 2)}`;
    if (variant === 'plain') return `${area}555${last}`;
    if (variant === 'dot') return `${area}.555.${last}`;
    if (variant === 'dash') return `${area}-555-${last}`;
    if (variant === 'par') return `(${area}) 555-${last}`;
    if (variant === 'e164') return `+1${area}555${last}`;
    if (variant === 'uk') return `020 7946 0${digits(r, 3)}`;
    if (variant === 'ukm') return `07700 900${digits(r, 3)}`;
    if (variant === 'ukint') return `+44 7700 900${digits(r, 3)}`;
    if (variant === 'de') return `+49 30 23125 ${digits(r, 3)}`;
    if (variant === 'fr') return `+33 1 99 00 ${digits(r, 2)} ${digits(r, 2)}`;
    if (variant === 'au') return `+61 491 570 ${pick(r, ['156', '157', '158', '159', '110'])}`;
    return pick(r, [`(${area}) 555-${last}`, `${area}-555-${last}`, `+1 ${area} 555 ${last}`]);
  },
  card: (r, variant) => {
    if (variant === 'amex') return card(r, 15).replace(/^(.{4})(.{6})/, '$1 $2 ');
    if (variant === 'diners') return card(r, 14);
    const whole = card(r);
    return variant === 'space'
      ? groups(whole, 4, ' ')
      : variant === 'dash'
        ? groups(whole, 4, '-')
        : whole;
  },
  cvv: (r) => digits(r, 3),
  cid: (r) => digits(r, 4),
  iban: (r, variant) =>
    variant === 'space'
      ? groups(iban(r), 4, ' ')
      : iban(r, variant && variant.length === 2 ? variant : undefined),
  ibanspace: (r, variant) => groups(iban(r, variant), 4, ' '),
  acct: (r, variant) =>
    `${between(r, 1, 9)}${digits(r, Number(variant ?? pick(r, ['8', '9', '11'])))}`,
  routing: (r) => routing(r),
  btc: (r, variant) =>
    variant === 'bech32'
      ? bech32(r)
      : base58check(
          Buffer.from([variant === 'p2sh' ? 5 : 0, ...Array.from({ length: 20 }, () => r(256))]),
        ),
  eth: (r) => `0x${from(r, '0123456789abcdef', 40)}`,
  mrn: (r, variant) =>
    variant === 'alpha'
      ? letters(r, 2) + digits(r, 6)
      : `${between(r, 1, 9)}${digits(r, Number(variant ?? pick(r, ['6', '7', '8'])))}`,
  member: (r, variant) =>
    variant === 'num'
      ? `8${digits(r, 9)}`
      : pick(r, [letters(r, 3) + digits(r, 9), `W${digits(r, 9)}`, `H${digits(r, 8)}`]),
  mbi: (r, variant) => {
    const whole = mbi(r);
    return variant === 'dash'
      ? `${whole.slice(0, 4)}-${whole.slice(4, 7)}-${whole.slice(7)}`
      : whole;
  },
  npi: (r) => npi(r),
  dea: (r) => dea(r),
  claim: (r, variant) =>
    variant === 'num'
      ? `20${digits(r, 10)}`
      : pick(r, [`CLM${digits(r, 8)}`, `A${digits(r, 9)}`, `26-${digits(r, 7)}`]),
  dob: (r, variant) => {
    const [y, m, d] = [between(r, 1941, 2016), between(r, 1, 12), between(r, 1, 28)];
    const names =
      'January February March April May June July August September October November December'.split(
        ' ',
      );
    if (variant === 'iso') return `${y}-${two(m)}-${two(d)}`;
    if (variant === 'compact') return `${y}${two(m)}${two(d)}`;
    if (variant === 'eu') return `${two(d)}.${two(m)}.${y}`;
    if (variant === 'uk') return `${two(d)}/${two(m)}/${y}`;
    if (variant === 'short') return `${m}/${d}/${String(y).slice(2)}`;
    if (variant === 'long') return `${names[m - 1]} ${d}, ${y}`;
    if (variant === 'dmy') return `${d} ${names[m - 1]} ${y}`;
    if (variant === 'mon') return `${two(d)}-${names[m - 1]!.slice(0, 3)}-${y}`;
    return `${two(m)}/${two(d)}/${y}`;
  },
  care: (r, variant) => {
    const [y, m, d] = [between(r, 2023, 2026), between(r, 1, 12), between(r, 1, 28)];
    if (variant === 'iso') return `${y}-${two(m)}-${two(d)}`;
    if (variant === 'compact') return `${y}${two(m)}${two(d)}`;
    return `${two(m)}/${two(d)}/${y}`;
  },
  first: (r) => pick(r, given),
  last: (r) => pick(r, family),
  name: (r, variant) => {
    const [first, last] = [pick(r, given), pick(r, family)];
    return variant === 'lf'
      ? `${last}, ${first}`
      : variant === 'hl7'
        ? `${last}^${first}`
        : `${first} ${last}`;
  },
  street: (r, variant) => {
    const kind =
      variant === 'abbr'
        ? pick(r, ['St', 'Ave', 'Rd', 'Dr', 'Ln', 'Blvd'])
        : pick(r, ['Street', 'Avenue', 'Road', 'Drive', 'Lane', 'Court']);
    return `${between(r, 11, 9899)} ${pick(r, streets)} ${kind}`;
  },
  town: (r) => pick(r, towns),
  vin: (r) => vin(r),
  plate: (r, variant) =>
    variant === 'uk'
      ? `${letters(r, 2)}${pick(r, ['19', '21', '70', '23'])} ${letters(r, 3)}`
      : variant === 'ca'
        ? `${between(r, 6, 9)}${letters(r, 3)}${digits(r, 3)}`
        : pick(r, [
            `${letters(r, 3)}-${digits(r, 4)}`,
            `${between(r, 6, 9)}${letters(r, 3)}${digits(r, 3)}`,
            `${letters(r, 3)} ${digits(r, 4)}`,
          ]),
  imei: (r) => {
    const body = `35${digits(r, 12)}`;
    return body + luhn(body);
  },
  serial: (r) =>
    pick(r, [
      `SN${digits(r, 8)}`,
      `${letters(r, 3)}${digits(r, 7)}`,
      `${digits(r, 4)}-${letters(r, 2)}-${digits(r, 5)}`,
    ]),
  uuid: (r) =>
    [8, 4, 4, 4, 12]
      .map(
        (n, i) =>
          (i === 2 ? '4' : i === 3 ? 'a' : '') +
          from(r, '0123456789abcdef', i === 2 || i === 3 ? n - 1 : n),
      )
      .join('-'),
  ip: (r, variant) =>
    variant === '6'
      ? `2001:db8:${from(r, '123456789abcdef', 4)}::${from(r, '123456789abcdef', 3)}:${from(r, '123456789abcdef', 2)}`
      : `${pick(r, ['192.0.2', '198.51.100', '203.0.113'])}.${between(r, 2, 254)}`,
  mac: (r, variant) => {
    const hex = from(r, '02468ace', 1) + from(r, '26ae', 1) + from(r, '0123456789abcdef', 10);
    if (variant === 'dash') return groups(hex.toUpperCase(), 2, '-');
    if (variant === 'dot') return groups(hex, 4, '.');
    if (variant === 'plain') return hex.toUpperCase();
    return groups(variant === 'up' ? hex.toUpperCase() : hex, 2, ':');
  },
  nhs: (r, variant) => {
    const whole = nhs(r);
    return variant === 'plain'
      ? whole
      : variant === 'dash'
        ? whole.replace(/^(...)(...)/, '$1-$2-')
        : whole.replace(/^(...)(...)/, '$1 $2 ');
  },
  nino: (r, variant) => {
    const prefix = from(r, 'ABCEGHJKLMNPRSTWXYZ', 1) + from(r, 'ABCEGHJKLMPRSTWXYZ', 1);
    const parts = [
      ['BG', 'GB', 'NK', 'TN', 'ZZ', 'KN', 'NT'].includes(prefix) ? 'AB' : prefix,
      digits(r, 2),
      digits(r, 2),
      digits(r, 2),
      letters(r, 1).replace(/[^A-D]/, 'C'),
    ];
    return parts.join(variant === 'space' ? ' ' : '');
  },
  n: (r, variant) => `${between(r, 1, 9)}${digits(r, Number(variant ?? 5) - 1)}`,
  hex: (r, variant) => from(r, '0123456789abcdef', Number(variant ?? 32)),
};

const shift = (to: number) => (text: string) =>
  text.replace(/[0-9]/g, (d) => String.fromCodePoint(to + Number(d)));
const between_ = (mark: string) => (text: string) => [...text].join(mark);

const disguises: Record<string, (text: string) => string> = {
  zw: between_('\u200b'),
  zwnj: between_('\u200c'),
  wj: between_('\u2060'),
  bom: between_('\ufeff'),
  shy: between_('\u00ad'),
  lrm: between_('\u200e'),
  rlo: (text) => `\u202d${text}\u202c`,
  comb: between_('\u0301'),
  fw: (text) => text.replace(/[!-~]/g, (c) => String.fromCodePoint(c.charCodeAt(0) + 0xfee0)),
  arabic: shift(0x660),
  persian: shift(0x6f0),
  deva: shift(0x966),
  bold: shift(0x1d7ce),
  mono: shift(0x1d7f6),
  spaced: between_(' '),
  dots: (text) => text.replace(/[- ]/g, '.'),
  under: (text) => text.replace(/[- ]/g, '_'),
  slash: (text) => text.replace(/[- ]/g, '/'),
  en: (text) => text.replace(/-/g, '\u2013'),
  em: (text) => text.replace(/-/g, '\u2014'),
  nbh: (text) => text.replace(/-/g, '\u2011'),
  minus: (text) => text.replace(/-/g, '\u2212'),
  fig: (text) => text.replace(/-/g, '\u2012'),
  spdash: (text) => text.replace(/-/g, ' - '),
  nbsp: (text) => text.replace(/[- ]/g, '\u00a0'),
  thin: (text) => text.replace(/[- ]/g, '\u2009'),
  html: (text) => text.replace(/./gu, (c) => `&#${c.codePointAt(0)};`),
  htmlhex: (text) => text.replace(/./gu, (c) => `&#x${c.codePointAt(0)?.toString(16)};`),
  pct: (text) => text.replace(/./g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`),
  uri: (text) => encodeURIComponent(text),
  u: (text) => text.replace(/./g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  homo: (text) =>
    text.replace(
      /[ABCEHIKMOPTXaceopxy]/g,
      (c) => 'АВСЕНІКМОРТХасеорху'['ABCEHIKMOPTXaceopxy'.indexOf(c)] ?? c,
    ),
  b64: (text) => Buffer.from(text).toString('base64'),
  b64url: (text) => Buffer.from(text).toString('base64url'),
  str: (text) => JSON.stringify(text).slice(1, -1),
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
};

/** The text with its placeholders filled; the innermost first. */
function fill(text: string, r: Random): string {
  let out = text;
  for (;;) {
    const next = out.replace(/\{\{([^{}]+)\}\}/g, (_, inside: string) => {
      const [what = '', ...how] = inside.split('|');
      let value: string;
      if (what.startsWith('=')) value = what.slice(1).replaceAll('\u0001', '|');
      else {
        const [kind = '', variant] = what.split(':');
        const make = values[kind];
        if (!make) throw new Error(`no value is called ${kind}`);
        value = make(r, variant);
      }
      for (const name of how) {
        const disguise = disguises[name];
        if (!disguise) throw new Error(`no disguise is called ${name}`);
        value = disguise(value);
      }
      return value;
    });
    if (next === out) return out;
    out = next;
  }
}

const here = dirname(fileURLToPath(import.meta.url));

for (const draft of process.argv.slice(2)) {
  const name = basename(draft).replace(/\.[^.]*$/, '');
  const out: Record<string, string[]> = { dev: [], unseen: [] };
  let heading: { kinds: string[]; form: string; maybe: string[] } | undefined;
  let block: string[] | undefined;
  let count = 0;
  const add = (text: string) => {
    if (!heading) throw new Error(`${draft}: a text before the first heading`);
    const split = count % 2 === 0 ? 'dev' : 'unseen';
    const filled = fill(text, random(`${name} ${count}`));
    const { kinds, form, maybe } = heading;
    const line = { text: filled, kinds, ...(maybe.length > 0 ? { maybe } : {}), form, split };
    out[split]?.push(JSON.stringify(line));
    count += 1;
  };
  for (const line of readFileSync(draft, 'utf8').split('\n')) {
    if (block) {
      if (line === '>>>') {
        add(block.join('\n'));
        block = undefined;
      } else block.push(line);
    } else if (line === '<<<') block = [];
    else if (/^# \S+ [a-z0-9-]+( maybe=\S+)?$/.test(line)) {
      const [, kinds = '', form = '', maybe = ''] = line.split(' ');
      const list = (text: string) => text.split(',').filter((kind) => kind !== '' && kind !== '-');
      heading = { kinds: list(kinds), form, maybe: list(maybe.replace('maybe=', '')) };
    } else if (heading?.form.startsWith('body-') && line !== '') add(line);
    else if (line.trim() !== '')
      add(
        line.replace(
          /\\(\\|n|t|r)/g,
          (_, c: string) => (({ n: '\n', t: '\t', r: '\r' }) as Record<string, string>)[c] ?? '\\',
        ),
      );
  }
  for (const [split, lines] of Object.entries(out)) {
    mkdirSync(join(here, split), { recursive: true });
    writeFileSync(join(here, split, `${name}.jsonl`), lines.map((line) => `${line}\n`).join(''));
  }
  console.log(`${name}: ${out['dev']?.length} dev, ${out['unseen']?.length} unseen`);
}
