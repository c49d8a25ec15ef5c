/**
 * `<script src="…/widget.js" data-key="pk_…" async></script>` puts a chat into the page. Without `data-key` the element
 * is only defined, for pages that place `<neureus-chat data-key="pk_…">` themselves.
 */
import { NeureusChat } from './element.ts';

const NAME = 'neureus-chat';

// Scripts of a page may load this twice.
if (!customElements.get(NAME)) customElements.define(NAME, NeureusChat);

const script = document.currentScript as HTMLScriptElement | null;
if (script?.dataset['key'] !== undefined) {
  const chat = document.createElement(NAME);
  Object.assign(chat.dataset, script.dataset);
  chat.dataset['gateway'] ??= new URL(script.src).origin;
  const place = (): void => document.body.append(chat);
  if (document.body) place();
  else document.addEventListener('DOMContentLoaded', place, { once: true });
}
