/**
 * The W3C's test vectors, as WebCrypto sees them: the keys and signatures in the form that the core gives
 * them (core/src/webauthn/vectors.rs compares its own with these) verify what was signed.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

interface Vector {
  name: string;
  algorithm: 'ES256' | 'RS256' | 'EdDSA';
  jwk: webcrypto.JsonWebKey;
  assertion: { clientDataJSON: string; authenticatorData: string; webCryptoSignature: string };
}

const file = join(import.meta.dirname, '..', 'core', 'src', 'webauthn', 'vectors.json');
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];
const ALGORITHMS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
};

describe('WebCrypto verifies', () => {
  for (const { name, algorithm, jwk, assertion } of vectors) {
    test(name, async () => {
      const parameters = ALGORITHMS[algorithm];
      const key = await crypto.subtle.importKey('jwk', jwk, parameters, false, ['verify']);
      const hash = createHash('sha256').update(Buffer.from(assertion.clientDataJSON, 'hex'));
      const signed = Buffer.concat([
        Buffer.from(assertion.authenticatorData, 'hex'),
        hash.digest(),
      ]);
      const signature = Buffer.from(assertion.webCryptoSignature, 'hex');
      assert.ok(await crypto.subtle.verify(parameters, key, signature, signed));
      signed[0] = (signed[0] ?? 0) ^ 1;
      assert.ok(!(await crypto.subtle.verify(parameters, key, signature, signed)));
    });
  }
});
