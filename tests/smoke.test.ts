import test from 'node:test';
import { gatewayForTests } from './harness/gateway.ts';
const gateway = await gatewayForTests();
test('x', async () => {
  let t = performance.now();
  const made = await gateway.makeKey();
  console.log(made, performance.now() - t);
  for (const stream of [false, true]) {
    t = performance.now();
    const r = await gateway.chat(made.key, { stream, messages: [{ role: 'user', content: 'hi' }] });
    console.log(r.status, [...r.headers], (await r.text()).slice(0, 600), performance.now() - t);
    console.log(JSON.stringify(await gateway.points(r.headers.get('x-request-id'))));
  }
  t = performance.now();
  await gateway.kill();
  console.log('killed', performance.now() - t);
  const r = await gateway.chat(made.key, { messages: [{ role: 'user', content: 'hi' }] });
  console.log(r.status);
  console.log(gateway.logged);
});
