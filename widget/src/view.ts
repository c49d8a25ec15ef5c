/**
 * The widget's elements. No text becomes markup: answers are shown as they are.
 *
 * Answers grow piece by piece, which nobody wants to hear that way: they are read out once they are complete.
 */

export interface Texts {
  heading: string;
  greeting: string;
  placeholder: string;
}

const ICONS = {
  chat: 'M21 12a8 8 0 0 1-8 8H4l2-3a8 8 0 1 1 15-5z',
  close: 'M6 6l12 12M18 6L6 18',
  anew: 'M4 4v5h5M4.6 9a8 8 0 1 1-.2 5.5',
  send: 'M12 20V4M5 11l7-7 7 7',
  stop: 'M7 7h10v10H7z',
};

export class View {
  readonly launch = button('launch', 'chat', 'Open the chat');
  readonly panel = make('section', 'panel');
  readonly close = button('icon', 'close', 'Close the chat');
  readonly anew = button('icon', 'anew', 'Begin a new chat');
  readonly form = make('form', '');
  readonly input = make('textarea', '');
  readonly send = button('send', 'send', 'Send');
  readonly stop = button('send', 'stop', 'Stop the answer');
  readonly #log = make('ol', 'log');
  readonly #sorry = make('div', 'sorry');
  readonly #why = make('p', '');
  readonly #clock = make('p', '');
  readonly #said = make('div', 'out');
  readonly #greeting: string;

  constructor(root: ShadowRoot, { heading, greeting, placeholder }: Texts) {
    this.#greeting = greeting;
    const title = make('h2', '');
    title.textContent = heading;
    const head = make('header', '');
    head.append(title, this.anew, this.close);
    this.panel.setAttribute('role', 'dialog');
    this.panel.setAttribute('aria-label', heading);
    this.panel.id = 'panel';
    this.panel.hidden = true;
    this.launch.setAttribute('aria-controls', 'panel');
    this.launch.setAttribute('aria-expanded', 'false');
    this.#log.setAttribute('aria-label', 'What was said');
    this.#log.tabIndex = 0;
    this.#said.setAttribute('role', 'status');
    this.#why.setAttribute('role', 'alert');
    // It changes every second: shown, not read out.
    this.#clock.setAttribute('role', 'timer');
    this.#sorry.append(this.#why, this.#clock);
    this.#sorry.hidden = true;
    this.input.placeholder = placeholder;
    this.input.setAttribute('aria-label', placeholder);
    this.input.rows = 1;
    this.input.maxLength = 8_000;
    this.send.type = 'submit';
    this.stop.hidden = true;
    this.form.append(this.input, this.send, this.stop);
    this.panel.append(head, this.#log, this.#sorry, this.form, this.#said);
    root.append(this.panel, this.launch);
    this.clear();
  }

  /** Shows a bubble; `write` adds to it. */
  bubble(
    role: 'user' | 'assistant',
    text = '',
  ): { write: (text: string) => void; remove: () => void } {
    const item = make('li', role);
    const who = make('span', 'out');
    who.textContent = role === 'user' ? 'You: ' : 'Answer: ';
    const content = document.createTextNode(text);
    item.append(who, content);
    if (role === 'assistant' && text === '') item.classList.add('wait');
    this.#log.append(item);
    this.#scroll(true);
    return {
      write: (more) => {
        const atEnd = this.#isAtEnd();
        item.classList.remove('wait');
        content.data += more;
        this.#scroll(atEnd);
      },
      remove: () => item.remove(),
    };
  }

  clear(): void {
    this.#log.replaceChildren();
    if (this.#greeting !== '') this.bubble('assistant', this.#greeting);
  }

  /** Read out to those who do not see it. */
  say(text: string): void {
    this.#said.textContent = text;
  }

  sorry(text: string | undefined): void {
    this.#sorry.hidden = text === undefined;
    this.#why.textContent = text ?? '';
    this.#clock.textContent = '';
  }

  clock(text: string): void {
    this.#clock.textContent = text;
  }

  /** While an answer comes there is a button to stop it. */
  set answering(is: boolean) {
    const focused = [this.send, this.stop].some((it) => it.matches(':focus'));
    this.send.hidden = is;
    this.stop.hidden = !is;
    if (focused) (is ? this.stop : this.input).focus();
  }

  #isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < 40;
  }

  /** A reader who has scrolled back is left there. */
  #scroll(wanted: boolean): void {
    if (wanted) this.#log.scrollTop = this.#log.scrollHeight;
  }
}

function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  return element;
}

function button(className: string, icon: keyof typeof ICONS, label: string): HTMLButtonElement {
  const element = make('button', className);
  element.type = 'button';
  element.setAttribute('aria-label', label);
  element.title = label;
  const space = 'http://www.w3.org/2000/svg';
  const drawing = document.createElementNS(space, 'svg');
  drawing.setAttribute('viewBox', '0 0 24 24');
  drawing.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', ICONS[icon]);
  drawing.append(path);
  element.append(drawing);
  return element;
}
