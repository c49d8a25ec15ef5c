/** The alert rules, one of each kind. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Button } from '../components/button.tsx';
import { Field } from '../components/field.tsx';
import { Loading, Problem } from '../components/notice.tsx';
import { Section } from '../components/shell.tsx';
import { useAction, useLoad } from '../load.ts';
import { may } from '../session.ts';
import type { AlertRule } from '../types.ts';
import { kinds } from './alerts.tsx';

/** What a kind of rule counts by itself, so that there is nothing to set. */
const monthly = ['spend', 'spend_forecast'];

export function Rules(): JSX.Element {
  const { value, error, reload, set } = useLoad(api.monitoring.rules);
  const [rules, setRules] = useState<readonly AlertRule[]>([]);
  useEffect(() => setRules(value?.rules ?? []), [value]);
  const save = useAction(async () => set(await api.monitoring.putRules(rules)));
  const changed = JSON.stringify(rules) !== JSON.stringify(value?.rules ?? []);
  const fixed = !may('admin');
  const put = (kind: string, change: Partial<AlertRule>): void =>
    setRules(rules.map((rule) => (rule.kind === kind ? { ...rule, ...change } : rule)));
  return (
    <Section title="Rules" lead="What is worth telling. Each is looked at every minute.">
      <Problem error={error} onReload={reload} />
      {!value && error === undefined && <Loading />}
      {value && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void save.run();
          }}
        >
          {rules.map((rule) => (
            <Row key={rule.kind} rule={rule} fixed={fixed} put={(it) => put(rule.kind, it)} />
          ))}
          <Problem error={save.error} />
          {!fixed && (
            <div>
              <Button type="submit" look="primary" busy={save.busy} disabled={!changed}>
                Save the rules
              </Button>
            </div>
          )}
        </form>
      )}
    </Section>
  );
}

function Row({
  rule,
  fixed,
  put,
}: {
  rule: AlertRule;
  fixed: boolean;
  put: (change: Partial<AlertRule>) => void;
}): JSX.Element {
  const { title, unit, hint } = kinds[rule.kind];
  const byMonth = monthly.includes(rule.kind);
  return (
    <div class="rule" role="group" aria-label={title}>
      <label class="check">
        <input
          type="checkbox"
          checked={rule.enabled}
          disabled={fixed}
          onChange={(event) => put({ enabled: event.currentTarget.checked })}
        />
        <span>
          {title}
          <span class="under">{hint}</span>
        </span>
      </label>
      <Field label={`From (${unit})`}>
        {(field) => (
          <input
            {...field}
            type="number"
            min="0.1"
            step="any"
            required
            disabled={fixed || !rule.enabled}
            value={rule.threshold}
            onChange={(event) => put({ threshold: event.currentTarget.valueAsNumber })}
          />
        )}
      </Field>
      {!byMonth && (
        <Field label="Over (minutes)">
          {(field) => (
            <input
              {...field}
              type="number"
              min="1"
              max="60"
              required
              disabled={fixed || !rule.enabled}
              value={rule.windowMinutes}
              onChange={(event) => put({ windowMinutes: event.currentTarget.valueAsNumber })}
            />
          )}
        </Field>
      )}
    </div>
  );
}
