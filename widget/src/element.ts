/**
 * `<neureus-chat>`: a chat in a page, in a shadow tree of its own.
 *
 * It keeps what was said in memory, as long as the page is open, and stores nothing. Each attribute is read once, when the
 * element comes into the page; docs/widget.md has them.
 */
import { Ai } from '../../sdk/src/ai.ts';
import type { ChatStream } from '../../sdk/src/stream.ts';
import { Transport } from '../../sdk/src/transport.ts';
import { Conversation } from './conversation.ts';
import { dress, sheet } from './style.ts';
import { View } from './view.ts';
import { apologyFor, countdown } from './words.ts';

const TIMEOUT_MS = 60_000;
const SURFACE = 'widget';

export class NeureusChat extends HTMLElement {
  readonly #conversation = new Conversation();
  #view: View | undefined;
  #ai: Ai | undefined;
  #answer: ChatStream | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    if (this.#view) return;
    const { key = '', gateway = location.origin, heading = 'Chat' } = this.dataset;
    const { greeting = '', placeholder = 'Write a message', accent, radius } = this.dataset;
    this.dataset['theme'] ??= 'auto';
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet()];
    dress(root, accent, radius);
    this.#ai = new Ai(
      new Transport({
        apiKey: key,
        baseURL: gateway.replace(/\/+$/, ''),
        timeout: TIMEOUT_MS,
        // The visitor decides, and is shown how long to wait.
        maxRetries: 0,
        fetch: (url, init) => fetch(url, init),
      }),
    );
    const view = new View(root, { heading, greeting, placeholder });
    this.#view = view;
    view.launch.onclick = () => this.open();
    view.close.onclick = () => this.close();
    view.anew.onclick = () => this.#anew(view);
    view.stop.onclick = () => this.#answer?.abort();
    view.form.onsubmit = (event) => {
      event.preventDefault();
      void this.#ask(view, view.input.value.trim());
    };
    view.input.onkeydown = (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      view.form.requestSubmit();
    };
    view.panel.onkeydown = (event) => {
      if (event.key === 'Escape') this.close();
    };
    if (this.dataset['open'] !== undefined) this.#show(view, true);
  }

  disconnectedCallback(): void {
    this.#answer?.abort();
    clearInterval(this.#clock);
  }

  open(): void {
    if (!this.#view) return;
    this.#show(this.#view, true);
    this.#view.input.focus();
  }

  close(): void {
    if (!this.#view) return;
    this.#show(this.#view, false);
    this.#view.launch.focus();
  }

  #show(view: View, is: boolean): void {
    view.panel.hidden = !is;
    view.launch.hidden = is;
    view.launch.setAttribute('aria-expanded', String(is));
    this.classList.toggle('open', is);
  }

  #anew(view: View): void {
    this.#answer?.abort();
    this.#answer = undefined;
    this.#conversation.clear();
    view.clear();
    // A countdown goes on, and what is of no use stays so: a new chat is no way round a refusal.
    if (this.#clock === undefined && !view.input.disabled) view.sorry(undefined);
    view.input.focus();
  }

  async #ask(view: View, question: string): Promise<void> {
    if (question === '' || this.#answer || this.#clock !== undefined || !this.#ai) return;
    view.sorry(undefined);
    const asked = view.bubble('user', question);
    const bubble = view.bubble('assistant');
    view.input.value = '';
    view.answering = true;
    view.say('The answer is being written.');
    const { model } = this.dataset;
    const stream = this.#ai.stream(
      {
        messages: this.#conversation.with(question),
        ...(model === undefined ? {} : { model }),
      },
      { surface: SURFACE },
    );
    this.#answer = stream;
    let text = '';
    try {
      for await (const piece of stream) {
        text += piece;
        bubble.write(piece);
      }
      view.say(text);
    } catch (error) {
      // Whoever stopped it, or began anew, knows.
      const stopped = (error as { name?: unknown }).name === 'AbortError';
      if (text === '') {
        bubble.remove();
        asked.remove();
        if (view.input.value === '' && this.#answer === stream) view.input.value = question;
      }
      view.say(stopped ? 'The answer was stopped.' : '');
      if (!stopped) this.#apologise(view, error);
    } finally {
      if (this.#answer === stream) {
        if (text !== '') this.#conversation.add(question, text);
        this.#answer = undefined;
      }
      view.answering = false;
    }
  }

  #apologise(view: View, error: unknown): void {
    const { text, waitMs, final } = apologyFor(error);
    view.sorry(text);
    if (final) view.send.disabled = view.input.disabled = true;
    if (waitMs === undefined) return;
    const until = Date.now() + waitMs;
    const tick = (): void => {
      const left = until - Date.now();
      view.clock(countdown(left));
      if (left > 0) return;
      clearInterval(this.#clock);
      this.#clock = undefined;
      view.send.disabled = false;
      view.say(countdown(0));
    };
    view.send.disabled = true;
    view.say(countdown(waitMs));
    this.#clock = setInterval(tick, 250);
    tick();
  }
}
