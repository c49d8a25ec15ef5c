/** Short words about what has just happened. What needs an answer or stays true does not go here. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { Icon } from './icon.tsx';

type Mood = 'good' | 'bad';
const toasts = signal<readonly { id: number; text: string; mood: Mood }[]>([]);
let last = 0;

export function say(text: string, mood: Mood = 'good'): void {
  const id = ++last;
  toasts.value = [...toasts.value.slice(-2), { id, text, mood }];
  setTimeout(
    () => {
      toasts.value = toasts.value.filter((toast) => toast.id !== id);
    },
    mood === 'bad' ? 8000 : 4000,
  );
}

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, mood }) => (
        <p key={id} class={`toast ${mood}`}>
          <Icon name={mood === 'bad' ? 'warning' : 'check'} />
          {text}
        </p>
      ))}
    </div>
  );
}
