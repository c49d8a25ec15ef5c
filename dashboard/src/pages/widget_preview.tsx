/** The widget itself, where this deployment serves one and the key may be used from here. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Notice } from '../components/notice.tsx';
import { useLoad } from '../load.ts';
import { isDark } from '../theme.ts';
import type { MadeKey } from '../types.ts';

const script = '/widget.js';

async function served(): Promise<boolean> {
  const response = await fetch(script, { method: 'HEAD' });
  return response.ok && /javascript/.test(response.headers.get('content-type') ?? '');
}

export function WidgetPreview({ made }: { made: MadeKey }): JSX.Element | null {
  const { value } = useLoad(() => served().catch(() => false));
  const [shown, setShown] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const from = made.origins.some((origin) => origin === '*' || origin === location.origin);
  useEffect(() => {
    const element = place.current;
    if (!shown || !element) return;
    // The script without a key only says what the element is; a page that is left takes its chat along.
    if (!customElements.get('neureus-chat')) {
      const tag = document.createElement('script');
      tag.src = script;
      document.head.append(tag);
    }
    const chat = document.createElement('neureus-chat');
    Object.assign(chat.dataset, {
      key: made.key,
      heading: 'Preview',
      open: '',
      theme: isDark() ? 'dark' : 'light',
    });
    element.append(chat);
    element.scrollIntoView({ block: 'nearest' });
    return () => element.replaceChildren();
  }, [shown]);
  if (!value) return null;
  if (!from) {
    return (
      <Notice>
        <p>
          There is no preview: the key is not allowed on this dashboard's own origin,{' '}
          <code>{location.origin}</code>.
        </p>
      </Notice>
    );
  }
  return (
    <div class="widget-preview">
      {!shown && (
        <button type="button" class="link" onClick={() => setShown(true)}>
          Show the widget here
        </button>
      )}
      <div ref={place} />
    </div>
  );
}
