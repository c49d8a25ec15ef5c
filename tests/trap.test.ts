/** A trap ends the Wasm instance: what was under way is lost, and the next request finds another one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { entryOf } from './harness/watch.ts';

const gateway = await gatewayForTests();
const { key } = await gateway.makeKey();

test('after a trap, requests are served as before', async () => {
  for (let round = 0; round < 3; round++) {
    assert.equal((await gateway.chat(key, say('before'))).status, 200);
    assert.ok(await gateway.trap());
    const [plain, streamed] = await Promise.all([
      gateway.chat(key, say('after')),
      gateway.chat(key, stream('after')),
    ]);
    assert.equal(plain.status, 200, await plain.text());
    assert.equal(streamed.status, 200);
    assert.match(await streamed.text(), /"done":true/);
  }
});

test('limits outlive a trap', async () => {
  const limited = await gateway.makeKey({ rpm: 2 });
  assert.equal((await gateway.chat(limited.key, say('one'))).status, 200);
  assert.ok(await gateway.trap());
  assert.equal((await gateway.chat(limited.key, say('two'))).status, 200);
  assert.ok(await gateway.trap());
  assert.equal((await gateway.chat(limited.key, say('three'))).status, 429);
});

test('a request that was under way ends, and is not mistaken for another', async () => {
  const mark = 'under-way';
  const lost = gateway.chat(key, say(`${mark} [[sandbox: delay=500]]`)).then(
    (response) => response.status,
    () => 0,
  );
  await entryOf(gateway, mark);
  assert.ok(await gateway.trap());
  const others = await Promise.all(
    Array.from({ length: 8 }, () => gateway.chat(key, say('other [[sandbox: delay=800]]'))),
  );
  for (const other of others) assert.equal(other.status, 200, await other.text());
  assert.ok([0, 500].includes(await lost), 'it fails');
});
