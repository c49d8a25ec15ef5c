/** A key that was just made: its text, once, and a call to try it with. */
import type { JSX } from 'preact';
import { Code, Secret } from '../components/copy.tsx';
import { ToldOnce } from '../components/dialog.tsx';
import { Notice } from '../components/notice.tsx';
import { curl } from '../snippets.ts';
import type { MadeKey } from '../types.ts';

export function KeyShown({ made, onClose }: { made: MadeKey; onClose: () => void }): JSX.Element {
  const mayChat = made.effectiveRole !== 'viewer';
  const command = mayChat
    ? curl(location.origin, made.key, {
        model: made.models[0] ?? 'meta-llm',
        stream: true,
        messages: [{ role: 'user', content: 'Hello!' }],
      })
    : `curl ${location.origin}/ai/usage \\\n  -H 'Authorization: Bearer ${made.key}'`;
  return (
    <ToldOnce title="Your new key" done="I have saved it" onClose={onClose} wide>
      <Notice tone="warn" title="This is the only time the key is shown.">
        <p>Put it where your secrets are kept. Only its hash is stored here.</p>
      </Notice>
      <Secret text={made.key} what="the key" />
      <div class="labelled-code">
        <p class="hint">To try it at once:</p>
        <Code text={command} what="the command" />
      </div>
    </ToldOnce>
  );
}
