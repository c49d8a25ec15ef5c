/** The alert rules, one of each kind. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Button } from '../components/button.tsx';
import { Confirm } from '../components/dialog.tsx';
import { NumberField } from '../components/number_field.tsx';
import { isStale, Loading, Problem } from '../components/notice.tsx';
import { Section } from '../components/shell.tsx';
import { say } from '../components/toast.tsx';
import { useAction, useLoad } from '../load.ts';
import { may } from '../session.ts';
import type { AlertKind, AlertRule } from '../types.ts';
import { kinds } from './alert_kinds.ts';

/** What looks at the month, and not at the last minutes. */
const monthly: readonly AlertKind[] = ['spend', 'spend_forecast'];
/** What a few requests say nothing about. */
const relative: readonly AlertKind[] = ['error_rate', 'latency_p95', 'backend_down'];

export function Rules(): JSX.Element {
  const { value, error, reload, set } = useLoad(api.monitoring.rules);
  const [rules, setRules] = useState<readonly AlertRule[]>([]);
  const version = value?.version ?? 0;
  const save = useAction(async () => {
    set(await api.monitoring.putRules(rules, version));
    say('Saved. The next look goes by these rules.');
  });
  // What is read anew takes the place of what was typed, and of why that was not saved.
  useEffect(() => {
    setRules(value?.rules ?? []);
    save.clear();
  }, [value]);
  const [resetting, setResetting] = useState(false);
  const changed = JSON.stringify(rules) !== JSON.stringify(value?.rules ?? []);
  const fixed = !may('admin');
  const put = (kind: string, change: Partial<AlertRule>): void =>
    setRules(rules.map((rule) => (rule.kind === kind ? { ...rule, ...change } : rule)));
  return (
    <Section
      title="Rules"
      lead="What is worth telling. Each is looked at every minute in which there is traffic."
    >
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
          <Problem error={save.error} onReload={isStale(save.error) ? reload : undefined} />
          {!fixed && (
            <div class="buttons">
              <Button type="submit" look="primary" busy={save.busy} disabled={!changed}>
                Save the rules
              </Button>
              <Button look="quiet" onClick={() => setResetting(true)}>
                Back to the defaults
              </Button>
            </div>
          )}
        </form>
      )}
      {resetting && (
        <Confirm
          title="Back to the default rules?"
          confirm="Take the defaults"
          onClose={() => setResetting(false)}
          act={async () => {
            set(await api.monitoring.putRules([], version));
            say('The rules are the defaults again.');
          }}
          onStale={reload}
        >
          <p>All rules are switched on, with the limits that they had at first.</p>
        </Confirm>
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
  const off = fixed || !rule.enabled;
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
      <NumberField
        label={`From (${unit})`}
        min={0.1}
        step="any"
        disabled={off}
        value={rule.threshold}
        onChange={(threshold) => put({ threshold })}
      />
      {!monthly.includes(rule.kind) && (
        <NumberField
          label="Over (minutes)"
          min={1}
          max={60}
          disabled={off}
          value={rule.windowMinutes}
          onChange={(windowMinutes) => put({ windowMinutes })}
        />
      )}
      {relative.includes(rule.kind) && (
        <NumberField
          label="With at least (requests)"
          min={0}
          disabled={off}
          value={rule.minimumRequests}
          onChange={(minimumRequests) => put({ minimumRequests })}
        />
      )}
    </div>
  );
}
