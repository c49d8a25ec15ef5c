/** Tries a text against the rules as saved. It is not stored, and nothing of it is logged. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Button } from '../components/button.tsx';
import { Field, Select } from '../components/field.tsx';
import { Notice, Problem } from '../components/notice.tsx';
import { Section } from '../components/shell.tsx';
import { useAction } from '../load.ts';
import { profiles } from '../profiles.ts';
import type { Profile, Scan } from '../types.ts';

export function Tester({ profile }: { profile: Profile }): JSX.Element {
  const [text, setText] = useState('');
  const [under, setUnder] = useState<Profile>(profile === 'general' ? 'healthcare' : profile);
  const [found, setFound] = useState<Scan | undefined>();
  const { run, busy, error } = useAction(async () => {
    setFound(undefined);
    setFound(await api.privacy.scan(text, under));
  });
  return (
    <Section
      title="Try it"
      lead="What would be found in a text. It is not stored, and nothing of it is logged."
    >
      <form
        class="tester"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Field label="Text">
          {(field) => (
            <textarea
              {...field}
              rows={4}
              required
              dir="auto"
              spellcheck={false}
              placeholder="Patient: Jane Roe, MRN 00482913"
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="filters">
          <Field label="Profile">
            {(field) => <Select {...field} value={under} choices={profiles} onChange={setUnder} />}
          </Field>
          <div class="filter-end">
            <Button type="submit" busy={busy}>
              Check the text
            </Button>
          </div>
        </div>
        <Problem error={error} />
        {found && <Found found={found} />}
      </form>
    </Section>
  );
}

function Found({ found: { findings, blocked } }: { found: Scan }): JSX.Element {
  if (findings.length === 0) {
    return (
      <Notice tone="good" title="Nothing was found. Such a request passes." live>
        <p>A name in running text that nothing announces is not recognised.</p>
      </Notice>
    );
  }
  return (
    <Notice
      tone={blocked ? 'bad' : 'warn'}
      title={blocked ? 'Such a request is refused with 422.' : 'Found, but not refused.'}
      live
    >
      <ul class="findings">
        {findings.map(({ kind }) => (
          <li key={kind} class="mono">
            {kind}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
