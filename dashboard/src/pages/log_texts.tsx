/** What was asked and answered, where the tenant keeps that and whoever looks may manage the key. */
import type { JSX } from 'preact';
import * as api from '../api.ts';
import { Loading, Problem } from '../components/notice.tsx';
import { useLoad } from '../load.ts';
import { may } from '../session.ts';
import type { Excerpt } from '../types.ts';

export function Texts({ logId }: { logId: string }): JSX.Element {
  const { value, error, loading, reload } = useLoad(() => api.monitoring.log(logId), [logId]);
  const { prompt, answer } = value?.texts ?? {};
  return (
    <>
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading />}
      {prompt && <Said title="Asked" of={prompt} cut="Only the end was kept." />}
      {answer && <Said title="Answered" of={answer} cut="Only the beginning was kept." />}
      {value && !value.texts && (
        <p class="hint">
          {may('admin')
            ? 'Nothing of what was asked or answered is kept.'
            : 'Nothing of what was asked or answered is kept, or it was another’s key.'}
        </p>
      )}
    </>
  );
}

function Said({ title, of, cut }: { title: string; of: Excerpt; cut: string }): JSX.Element {
  return (
    <section class="said">
      <h3>{title}</h3>
      <pre dir="auto" tabIndex={0}>
        {of.text}
      </pre>
      {of.cut && <p class="hint">{cut}</p>}
    </section>
  );
}
