/** What an answer cost and what its headers said; and the same call as code. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Told } from '../chat.ts';
import { Code } from '../components/copy.tsx';
import { Section } from '../components/shell.tsx';
import { Choices } from '../components/tabs.tsx';
import { plural, usd } from '../format.ts';
import { type Ask, curl, python, typescript } from '../snippets.ts';

export function AnswerFacts({ told }: { told: Told }): JSX.Element {
  const { done, headers, firstMs, totalMs } = told;
  const facts: readonly (readonly [string, string])[] = [
    ['Input', plural(done.inputTokens, 'token')],
    ['Output', `${plural(done.outputTokens, 'token')}${done.usageEstimated ? ', estimated' : ''}`],
    ['Cost', done.costUsd === undefined ? '–' : usd(done.costUsd)],
    ...(headers.get('x-neureus-key') === 'own' ? ([['Called with', 'your own key']] as const) : []),
    ['First token', `${Math.round(firstMs)} ms`],
    ['Whole answer', `${Math.round(totalMs)} ms`],
    ['Ended by', done.finishReason ?? '–'],
  ];
  return (
    <div class="facts">
      <dl class="number">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>Response headers</summary>
        <pre tabIndex={0} role="region" aria-label="Response headers">
          {[...headers].map(([name, value]) => `${name}: ${value}`).join('\n')}
        </pre>
      </details>
    </div>
  );
}

const languages = [
  { value: 'curl', label: 'curl' },
  { value: 'typescript', label: 'TypeScript' },
  { value: 'python', label: 'Python' },
] as const;

export function CodeOf({ ask }: { ask: Ask }): JSX.Element {
  const [language, setLanguage] = useState<(typeof languages)[number]['value']>('curl');
  const origin = location.origin;
  const text =
    language === 'curl'
      ? curl(origin, '$NEUREUS_API_KEY', ask).replace(
          "'Authorization: Bearer $NEUREUS_API_KEY'",
          '"Authorization: Bearer $NEUREUS_API_KEY"',
        )
      : language === 'typescript'
        ? typescript(origin, ask)
        : python(origin, ask);
  return (
    <Section
      title="The same as code"
      lead={
        <>
          With a key of your own in <code>NEUREUS_API_KEY</code>: <a href="/keys?new">make one</a>.
        </>
      }
      actions={
        <Choices label="Language" value={language} choices={languages} onChange={setLanguage} />
      }
    >
      <Code text={text} what="the code" />
    </Section>
  );
}
