/** Buttons, and links that look like them. */
import type { ButtonHTMLAttributes, ComponentChildren, JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';

export type Look = 'primary' | 'plain' | 'quiet' | 'danger' | 'caution';

type Common = { look?: Look; icon?: IconName; small?: boolean; children?: ComponentChildren };

const classOf = ({ look = 'plain', small }: Common): string =>
  `button ${look}${small ? ' small' : ''}`;

export function Button({
  look,
  icon,
  small,
  busy,
  children,
  ...rest
}: Common & { busy?: boolean } & Omit<
    ButtonHTMLAttributes<HTMLButtonElement>,
    'icon' | 'size'
  >): JSX.Element {
  return (
    <button
      type="button"
      {...rest}
      class={classOf({ ...(look ? { look } : {}), ...(small ? { small } : {}) })}
      aria-busy={busy ? 'true' : undefined}
      // Stays focusable while busy: a button that is disabled loses the focus.
      aria-disabled={busy ? 'true' : undefined}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function ButtonLink({
  look,
  icon,
  small,
  children,
  href,
}: Common & { href: string }): JSX.Element {
  return (
    <a href={href} class={classOf({ ...(look ? { look } : {}), ...(small ? { small } : {}) })}>
      {icon && <Icon name={icon} />}
      {children}
    </a>
  );
}
