// The one question that the core leaves to the platform: whether a passkey's signature is good.

const ALGORITHMS = {
  ES256: [
    { name: 'ECDSA', namedCurve: 'P-256' },
    { name: 'ECDSA', hash: 'SHA-256' },
  ],
  RS256: [{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, { name: 'RSASSA-PKCS1-v1_5' }],
  EdDSA: [{ name: 'Ed25519' }, { name: 'Ed25519' }],
};

// A public key of a JSON Web Key. Rejects when it is none, such as a point that is not on its curve.
export function importKey(algorithm, jwk) {
  const [parameters] = ALGORITHMS[algorithm];
  return crypto.subtle.importKey('jwk', JSON.parse(jwk), parameters, false, ['verify']);
}

// Whether the signature is the key's, of these bytes.
export async function verify(algorithm, jwk, signature, signed) {
  const key = await importKey(algorithm, jwk);
  return crypto.subtle.verify(ALGORITHMS[algorithm][1], key, signature, signed);
}
