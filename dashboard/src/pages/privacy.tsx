/** What may not leave: the regulated profile, answers, own patterns, and a place to try it out. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Button } from '../components/button.tsx';
import { Fieldset, Radios } from '../components/field.tsx';
import { isStale, Loading, Notice, Problem } from '../components/notice.tsx';
import { Head } from '../components/shell.tsx';
import { say } from '../components/toast.tsx';
import { useAction, useLoad } from '../load.ts';
import { profiles } from '../profiles.ts';
import { may } from '../session.ts';
import type { Answers, Pattern, Privacy } from '../types.ts';
import { Patterns } from './privacy_patterns.tsx';
import { Tester } from './privacy_tester.tsx';

const answerChoices: readonly { value: Answers; label: string; note: string }[] = [
  { value: 'off', label: 'Pass on', note: 'Answers are not looked at.' },
  { value: 'flag', label: 'Flag', note: 'Passed on, and marked in headers and metrics.' },
  { value: 'redact', label: 'Redact', note: 'What is found is replaced by its kind: [ssn].' },
  { value: 'block', label: 'Block', note: 'The answer ends there, with an error.' },
];

export default function PrivacyPage(): JSX.Element {
  const { value, error, loading, reload, set } = useLoad(api.privacy.get);
  return (
    <>
      <Head path="/settings/privacy" />
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading />}
      {value && (
        <>
          <Settings
            key={String(value.version)}
            privacy={value}
            onSaved={(next) => set(next)}
            reload={reload}
          />
          <Tester profile={value.profile} />
        </>
      )}
    </>
  );
}

function Settings({
  privacy,
  onSaved,
  reload,
}: {
  privacy: Privacy;
  onSaved: (privacy: Privacy) => void;
  reload: () => void;
}): JSX.Element {
  const [profile, setProfile] = useState(privacy.profile);
  const [answers, setAnswers] = useState<Answers>(privacy.answers ?? 'off');
  const [patterns, setPatterns] = useState<readonly Pattern[]>(privacy.patterns);
  const [wanted, setWanted] = useState(privacy.texts ?? false);
  const operators = privacy.operatorProfile;
  const regulated = profile !== 'general' || operators !== undefined;
  const texts = wanted && !regulated;
  const admin = may('admin');
  const changed =
    profile !== privacy.profile ||
    answers !== (privacy.answers ?? 'off') ||
    texts !== (privacy.texts ?? false) ||
    JSON.stringify(patterns) !== JSON.stringify(privacy.patterns);
  const { run, busy, error } = useAction(async () => {
    onSaved(
      await api.privacy.change(
        { profile, answers, patterns: [...patterns], texts },
        privacy.version,
      ),
    );
    say('Saved. It holds from the next request on.');
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      {!admin && (
        <Notice>
          <p>Owners and admins can change these settings.</p>
        </Notice>
      )}
      {operators && (
        <Notice title={`The operator asks for the profile ${operators}.`}>
          <p>It holds for every request, whatever is chosen here.</p>
        </Notice>
      )}
      <div class="two even">
        <Fieldset
          legend="Profile of the tenant"
          hint="A key or a request can add another; none can take this one away."
        >
          <Radios
            name="profile"
            value={profile}
            choices={profiles}
            onChange={setProfile}
            disabled={!admin}
          />
        </Fieldset>
        <Fieldset
          legend="Answers of models"
          hint={regulated ? 'Looked at with the same rules.' : 'Holds where a profile is set.'}
        >
          <Radios
            name="answers"
            value={answers}
            choices={answerChoices}
            onChange={setAnswers}
            disabled={!admin}
          />
        </Fieldset>
      </div>
      <Patterns patterns={patterns} onChange={setPatterns} disabled={!admin} />
      <Fieldset
        legend="Texts in the request log"
        hint="For 7 days, at most 8 KiB of what was asked and of what was answered. Admins see all of it, developers that of their own keys."
      >
        <label class="check">
          <input
            type="checkbox"
            checked={texts}
            disabled={!admin || regulated}
            onChange={(event) => setWanted(event.currentTarget.checked)}
          />
          Keep what is asked and answered
        </label>
        {regulated && (
          <p class="hint">Never under a regulated profile, of a key or a request either.</p>
        )}
      </Fieldset>
      {privacy.texts && !texts && (
        <Notice tone="warn" title="What was kept of requests is erased as soon as you save." />
      )}
      {!regulated && privacy.profile !== 'general' && (
        <Notice tone="warn" title={`Requests will no longer be checked under ${privacy.profile}.`}>
          <p>Personal data in them then goes to the model's provider.</p>
        </Notice>
      )}
      <Problem error={error} onReload={isStale(error) ? reload : undefined} />
      {admin && (
        <div>
          <Button type="submit" look="primary" busy={busy} disabled={!changed}>
            Save
          </Button>
        </div>
      )}
    </form>
  );
}
