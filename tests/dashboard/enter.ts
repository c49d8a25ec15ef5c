/** Ways into the dashboard of a real gateway. */
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { Gateway } from '../harness/gateway.ts';
import { type Device, Person } from './browser.ts';

/** The secret of a link. */
export function secretOf(url: string): string {
  return new URL(url).hash.slice(1);
}

/** The operator's one-time link into a tenant, which exists afterwards. */
export async function operatorLink(
  gateway: Gateway,
  tenant: string,
  body: { role?: string; user?: string } = {},
): Promise<string> {
  const response = await gateway.operator('POST', `/tenants/${tenant}/links`, body);
  const text = await response.text();
  assert.equal(response.status, 201, text);
  return secretOf((JSON.parse(text) as { url: string }).url);
}

/** Takes a link with a new passkey. */
export async function join(person: Person, secret: string, name: string): Promise<void> {
  await person.page.goto(`/join#${secret}`);
  await person.page.getByLabel('Your name').fill(name);
  await person.button('Create a passkey').click();
  await person.heading('Overview').waitFor();
  await person.settled();
}

/** Somebody new in a tenant; its first owner by default. */
export async function newcomer(
  gateway: Gateway,
  browser: Browser,
  tenant: string,
  name: string,
  options: Device & { role?: string } = {},
): Promise<Person> {
  const { role, ...device } = options;
  const secret = await operatorLink(gateway, tenant, role ? { role } : {});
  const person = await Person.at(browser, gateway.site, device);
  await join(person, secret, name);
  return person;
}

/** A new key by the page; its text. */
export async function makeKey(person: Person, name: string, role?: string): Promise<string> {
  await person.open('/keys');
  await person.button('Make a key').first().click();
  const dialog = person.page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  if (role) await dialog.getByLabel('Role').selectOption(role);
  await person.button('Make the key').click();
  const key = await person.secret();
  await person.button('I have saved it').click();
  await person.page.getByRole('dialog').waitFor({ state: 'detached' });
  return key;
}

/** The status of a chat with a key, outside the browser. */
export async function chatStatus(gateway: Gateway, key: string, text = 'Hello'): Promise<number> {
  const response = await gateway.chat(key, { messages: [{ role: 'user', content: text }] });
  await response.arrayBuffer();
  return response.status;
}
