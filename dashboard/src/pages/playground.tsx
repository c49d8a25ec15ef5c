/**
 * The playground: a chat with any model, through the same door as everybody's. It uses a key that lives for an
 * hour and in this page's memory only.
 */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../api.ts';
import { chat, type Message, type Told } from '../chat.ts';
import * as clock from '../clock.ts';
import { Button } from '../components/button.tsx';
import { Field, Select } from '../components/field.tsx';
import { Problem } from '../components/notice.tsx';
import { Head } from '../components/shell.tsx';
import { useLoad } from '../load.ts';
import { ApiError } from '../request.ts';
import { tenant } from '../session.ts';
import { AnswerFacts, CodeOf } from './playground_parts.tsx';

type Turn = Message & { reasoning?: string; model?: string; broken?: boolean };

let held: { key: string; expiresAtMs: number; tenant: string | undefined } | undefined;

/** The key at hand, or a new one a minute before it runs out. */
async function playgroundKey(): Promise<string> {
  const now = tenant.value?.id;
  if (!held || held.tenant !== now || held.expiresAtMs - clock.now() < 60_000) {
    held = { ...(await api.keys.playground()), tenant: now };
  }
  return held.key;
}

const number = (text: string): number | undefined =>
  text.trim() === '' || !Number.isFinite(Number(text)) ? undefined : Number(text);

export default function Playground(): JSX.Element {
  const models = useLoad(api.models.list);
  const [model, setModel] = useState('');
  const [system, setSystem] = useState('');
  const [temperature, setTemperature] = useState('');
  const [maxTokens, setMaxTokens] = useState('');
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [text, setText] = useState('');
  const [running, setRunning] = useState<AbortController | undefined>();
  const [error, setError] = useState<unknown>();
  const [told, setTold] = useState<Told | undefined>();
  const end = useRef<HTMLDivElement>(null);
  const chosen = model || models.value?.default || 'meta-llm';

  useEffect(() => () => running?.abort(), [running]);
  useEffect(() => end.current?.scrollIntoView({ block: 'nearest' }), [turns]);

  const options = {
    model: chosen,
    ...(number(temperature) === undefined ? {} : { temperature: number(temperature) as number }),
    ...(number(maxTokens) === undefined ? {} : { maxTokens: number(maxTokens) as number }),
  };
  const withSystem = (messages: readonly Turn[]): Message[] => [
    ...(system.trim() ? [{ role: 'system' as const, content: system }] : []),
    ...messages
      .filter(({ content }) => content !== '')
      .map(({ role, content }) => ({ role, content })),
  ];

  const send = async (said = text): Promise<void> => {
    if (running || said.trim() === '') return;
    const asked: readonly Turn[] = [...turns, { role: 'user', content: said }];
    const controller = new AbortController();
    let answer: Turn = { role: 'assistant', content: '', model: chosen };
    setTurns([...asked, answer]);
    setText('');
    setError(undefined);
    setTold(undefined);
    setRunning(controller);
    const once = async (): Promise<Told> =>
      chat(
        await playgroundKey(),
        { ...options, messages: withSystem(asked) },
        controller.signal,
        ({ content = '', reasoning = '' }) => {
          answer = {
            ...answer,
            content: answer.content + content,
            ...(reasoning ? { reasoning: (answer.reasoning ?? '') + reasoning } : {}),
          };
          setTurns([...asked, answer]);
        },
      );
    try {
      try {
        setTold(await once());
      } catch (failure) {
        // The key was revoked, or ran out while the page slept: once more with a new one.
        if (!(failure instanceof ApiError && failure.status === 401)) throw failure;
        held = undefined;
        setTold(await once());
      }
    } catch (failure) {
      const stopped = controller.signal.aborted;
      if (answer.content === '' && !stopped) {
        // Nothing came: the question goes back to where it was typed.
        setTurns(turns);
        setText(said);
      } else setTurns([...asked, { ...answer, broken: true }]);
      if (!stopped) setError(failure);
    } finally {
      setRunning(undefined);
    }
  };

  const codeMessages = withSystem(turns.filter(({ role }) => role !== 'assistant').slice(-1));
  return (
    <>
      <Head path="/playground" />
      <div class="playground">
        <div class="conversation">
          <div class="conversation-head">
            <label>
              <span>Model</span>
              <Select
                class="inline"
                value={chosen}
                choices={(models.value?.models ?? [])
                  .filter(({ kind }) => kind === 'chat')
                  .map(({ id }) => ({ value: id, label: id }))}
                onChange={setModel}
              />
            </label>
            {turns.length > 0 && (
              <Button
                small
                look="quiet"
                onClick={() => {
                  running?.abort();
                  setTurns([]);
                  setTold(undefined);
                  setError(undefined);
                }}
              >
                Start anew
              </Button>
            )}
          </div>
          <Problem error={models.error} onReload={models.reload} />
          <div class="turns" role="log" aria-label="Conversation" aria-busy={running !== undefined}>
            {turns.length === 0 && (
              <p class="turns-empty">
                <strong>Ask something</strong>
                The answer shows as it is written. Calls from here count and cost like any other.
              </p>
            )}
            {turns.map((turn, index) => (
              <TurnView
                key={index}
                turn={turn}
                writing={running !== undefined && index === turns.length - 1}
              />
            ))}
            <div ref={end} />
          </div>
          <Problem error={error} />
          {told && <AnswerFacts told={told} />}
          <form
            class="ask"
            onSubmit={(event) => {
              event.preventDefault();
              void send();
            }}
          >
            <textarea
              aria-label="Message"
              placeholder="Your message"
              rows={2}
              dir="auto"
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
                event.preventDefault();
                void send(event.currentTarget.value);
              }}
            />
            {running ? (
              <Button icon="stop" onClick={() => running.abort()}>
                Stop
              </Button>
            ) : (
              <Button type="submit" look="primary" icon="send" disabled={text.trim() === ''}>
                Send
              </Button>
            )}
          </form>
          <p class="hint">Enter sends, Shift and Enter makes a new line.</p>
        </div>
        <aside class="settings" aria-label="Settings of the call">
          <Field label="System prompt" optional>
            {(field) => (
              <textarea
                {...field}
                rows={4}
                dir="auto"
                value={system}
                onInput={(event) => setSystem(event.currentTarget.value)}
              />
            )}
          </Field>
          <div class="fields">
            <Field label="Temperature">
              {(field) => (
                <input
                  {...field}
                  type="number"
                  min={0}
                  max={2}
                  step={0.1}
                  placeholder="default"
                  value={temperature}
                  onInput={(event) => setTemperature(event.currentTarget.value)}
                />
              )}
            </Field>
            <Field label="Output cap">
              {(field) => (
                <input
                  {...field}
                  type="number"
                  min={1}
                  step={1}
                  placeholder="tokens"
                  value={maxTokens}
                  onInput={(event) => setMaxTokens(event.currentTarget.value)}
                />
              )}
            </Field>
          </div>
        </aside>
      </div>
      <CodeOf
        ask={{
          ...options,
          stream: true,
          messages: codeMessages.length > 0 ? codeMessages : [{ role: 'user', content: 'Hello!' }],
        }}
      />
    </>
  );
}

function TurnView({ turn, writing }: { turn: Turn; writing: boolean }): JSX.Element {
  return (
    <div class={`turn ${turn.role}`}>
      <p class="turn-who">{turn.role === 'user' ? 'You' : (turn.model ?? 'Model')}</p>
      {turn.reasoning && (
        <details>
          <summary>Thoughts</summary>
          <p class="turn-text quiet">{turn.reasoning}</p>
        </details>
      )}
      <p class="turn-text" dir="auto">
        {turn.content}
        {writing && <span class="caret" aria-hidden="true" />}
      </p>
      {turn.broken && <p class="hint">Not complete.</p>}
    </div>
  );
}
