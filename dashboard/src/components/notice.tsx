/** Notices that stay, failures in words, and what stands where there is nothing yet. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../request.ts';
import { PasskeyError } from '../webauthn.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

export type Tone = 'info' | 'good' | 'warn' | 'bad';

export function Notice({
  tone = 'info',
  title,
  children,
  live,
}: {
  tone?: Tone;
  title?: ComponentChildren;
  children?: ComponentChildren;
  /** Appears in answer to what the person did, so it is read out. */
  live?: boolean;
}): JSX.Element {
  return (
    <div class={`notice ${tone}`} role={live ? (tone === 'bad' ? 'alert' : 'status') : undefined}>
      <Icon name={tone === 'good' ? 'check' : tone === 'info' ? 'info' : 'warning'} />
      <div>
        {title && <p class="notice-title">{title}</p>}
        {children}
      </div>
    </div>
  );
}

/** What happened, and what to do about it. */
export function explain(error: unknown): { title: string; advice?: string } {
  if (error instanceof PasskeyError) return { title: error.message };
  if (!(error instanceof ApiError)) {
    return { title: 'Something went wrong in this page.', advice: 'Reload it and try again.' };
  }
  switch (error.status) {
    case 0:
      return { title: error.message, advice: 'Check the connection, then try again.' };
    case 401:
      return { title: 'You are signed out.', advice: 'Sign in again to go on.' };
    case 402:
      return { title: error.message };
    case 403:
      return {
        title: error.message,
        advice: 'Ask an owner or admin of the tenant if you need it.',
      };
    case 404:
      return {
        title: error.message,
        advice: 'It may have been removed meanwhile. Reload the page.',
      };
    case 409:
      return isStale(error)
        ? {
            title: 'Somebody else changed this meanwhile, so nothing was saved.',
            advice: 'Reload to see how it is now, then make your change again.',
          }
        : { title: error.message };
    case 400: {
      const { field } = error.details;
      return typeof field === 'string' && field !== '$'
        ? { title: error.message, advice: `It is about ${field.replace(/^\$\./, '')}.` }
        : { title: error.message };
    }
    case 429:
    case 413:
    case 415:
    case 422:
      return { title: error.message };
    default:
      return {
        title: error.message,
        advice: 'This is not your doing. Try again in a moment.',
      };
  }
}

/** Whether somebody else changed meanwhile what was edited here. */
export function isStale(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && 'version' in error.details;
}

/** Counts down to when another try makes sense. */
function Wait({ seconds }: { seconds: number }): JSX.Element {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    setLeft(seconds);
    const timer = setInterval(() => setLeft((now) => Math.max(0, now - 1)), 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return <p>{left > 0 ? `Try again in ${left} s.` : 'You can try again now.'}</p>;
}

export function Problem({
  error,
  onReload,
}: {
  error: unknown;
  onReload?: (() => void) | undefined;
}): JSX.Element | null {
  if (error === undefined) return null;
  const { title, advice } = explain(error);
  const api = error instanceof ApiError ? error : undefined;
  const upgrade = api?.status === 402;
  return (
    <Notice tone={api?.status === 429 ? 'warn' : 'bad'} title={title} live>
      {advice && <p>{advice}</p>}
      {api?.retryAfterS !== undefined && <Wait seconds={api.retryAfterS} />}
      {upgrade && (
        <p>
          <a href="/settings/billing">Billing and limits</a> shows what was spent and how to raise
          the limit.
        </p>
      )}
      {onReload && api && api.status !== 402 && (
        <Button small onClick={onReload}>
          {api.status === 409 ? 'Reload' : 'Try again'}
        </Button>
      )}
      {api?.requestId && api.status >= 500 && (
        <p class="quiet">
          Request <code>{api.requestId}</code>
        </p>
      )}
    </Notice>
  );
}

/** Where there is nothing yet: what would be here, and the next step. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children?: ComponentChildren;
  action?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** Lines where content will be. */
export function Loading({ lines = 4 }: { lines?: number }): JSX.Element {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} class="bone" />
      ))}
    </div>
  );
}
