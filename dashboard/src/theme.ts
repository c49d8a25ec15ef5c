/** Light, dark, or what the system says. `public/theme.js` applies it before the first paint. */
import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
const name = 'neureus.theme';

function stored(): Theme {
  const value = localStorage.getItem(name);
  return value === 'light' || value === 'dark' ? value : 'system';
}

export const theme = signal<Theme>(stored());

export function setTheme(next: Theme): void {
  theme.value = next;
  if (next === 'system') {
    localStorage.removeItem(name);
    delete document.documentElement.dataset['theme'];
  } else {
    localStorage.setItem(name, next);
    document.documentElement.dataset['theme'] = next;
  }
}

/** Whether the page is dark at present: for what is drawn and not styled. */
export function isDark(): boolean {
  if (theme.value !== 'system') return theme.value === 'dark';
  return matchMedia('(prefers-color-scheme: dark)').matches;
}
