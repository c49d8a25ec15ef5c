/** The few icons: 16 × 16 strokes, decoration only, so hidden from readers. */
import type { JSX } from 'preact';

const paths = {
  overview: 'M2.5 13.5v-5M6.2 13.5v-11M9.8 13.5v-7M13.5 13.5v-3',
  playground: 'M2.5 3.5h11v7.5h-6l-3 2.5V11h-2z',
  models: 'M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.5 5 8 8.2 13.5 5M8 8.2v6',
  keys: 'M9.2 6.8a3.2 3.2 0 1 1-2.1-3 3.2 3.2 0 0 1 2.1 3zM8.6 8.6l5 5M11.4 11.4l1.7-1.7',
  widget_keys: 'M1.8 3h12.4v10H1.8zM1.8 6h12.4M4 4.5h.1M6 4.5h.1',
  providers: 'M5 2v3.5M11 2v3.5M3.5 5.5h9V8a4.5 4.5 0 0 1-9 0zM8 12.5V15',
  alerts:
    'M8 2a4 4 0 0 1 4 4c0 4 1.5 5 1.5 5h-11S4 10 4 6a4 4 0 0 1 4-4zM6.8 13.5a1.3 1.3 0 0 0 2.4 0',
  logs: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  audit: 'M3.5 1.8h6l3 3v9.4h-9zM6 7h4M6 9.5h4M6 12h2.5',
  team: 'M8 6a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM2 13c0-2.6 1.6-4 4-4s4 1.4 4 4M11 4.2a2 2 0 0 1 0 3.6M12 9.4c1.3.6 2 1.8 2 3.6',
  billing: 'M2 4h12v8.5H2zM2 6.8h12M4.2 10h2.4',
  privacy: 'M8 1.8 13 3.6v4c0 3.2-2.1 5.4-5 6.6-2.9-1.2-5-3.4-5-6.6v-4zM5.8 8l1.6 1.6 3-3.2',
  general: 'M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M10.5 3v3M5.5 10v3',
  account: 'M10.5 5.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM3 14c0-3 2-4.6 5-4.6s5 1.6 5 4.6',
  menu: 'M2 4.5h12M2 8h12M2 11.5h12',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  copy: 'M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1',
  check: 'M3 8.5 6.5 12 13 4.5',
  plus: 'M8 3v10M3 8h10',
  chevron: 'M4.5 6.5 8 10l3.5-3.5',
  warning: 'M8 2.2 14.4 13.5H1.6zM8 6.5v3.2M8 11.6v.1',
  info: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM8 7.5V11M8 5v.1',
  download: 'M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11',
  send: 'M8 13.5v-11M3.5 7 8 2.5 12.5 7',
  stop: 'M4 4h8v8H4z',
  passkey:
    'M7.5 5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM1 13c0-2.8 1.6-4.3 4-4.3 1 0 1.9.3 2.6.8M12 5.5a2.2 2.2 0 0 1 .8 4.2v4.1l-1 .9-1-1.2.7-1-.7-1v-1.8A2.2 2.2 0 0 1 12 5.5z',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** The mark: one line in, through a gate, and out again. */
export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <rect width="24" height="24" rx="6" />
      <path d="M6.5 17.5v-11l11 11v-11" />
    </svg>
  );
}
