/** The plan, and the limits a tenant sets for itself below what plan and operator allow. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Confirm } from '../components/dialog.tsx';
import {
  changesOf,
  draftOf,
  isGood,
  LimitFields,
  limitNames,
  limitText,
  limitTitles,
} from '../components/limits.tsx';
import { isStale, Notice, Problem } from '../components/notice.tsx';
import { Section } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { say } from '../components/toast.tsx';
import { useAction } from '../load.ts';
import { may } from '../session.ts';
import type { Billing, Limits, Plan as PlanId } from '../types.ts';

type Props = { billing: Billing; onChanged: (billing: Billing) => void; reload: () => void };

export function Plan({ billing, onChanged, reload }: Props): JSX.Element {
  const [chosen, setChosen] = useState<PlanId | undefined>();
  return (
    <Section
      title="Plan"
      lead={
        billing.plan === undefined
          ? 'This tenant has no plan: only the limits below hold.'
          : undefined
      }
    >
      <Table
        caption="Plans"
        rows={billing.plans}
        rowKey={({ id }) => id}
        columns={[
          {
            title: 'Plan',
            head: true,
            cell: ({ id, current }) => (
              <span class="badges">
                <span class="capital">{id}</span> {current && <Badge tone="good">yours</Badge>}
              </span>
            ),
          },
          ...limitNames.map((name) => ({
            title: limitTitles[name],
            number: true,
            cell: ({ limits }: { limits: Limits }) => limitText(name, limits[name]),
          })),
          {
            title: 'Actions',
            actions: true,
            cell: ({ id, current, allowed }) =>
              !current &&
              allowed !== false &&
              may('owner') && (
                <Button small look="quiet" onClick={() => setChosen(id)}>
                  Choose
                </Button>
              ),
          },
        ]}
      />
      {billing.upgrade && (
        <p class="hint footnote">
          {billing.upgrade.how}{' '}
          {billing.upgrade.url && (
            <a href={billing.upgrade.url} rel="noreferrer">
              {new URL(billing.upgrade.url, location.href).host}
            </a>
          )}
        </p>
      )}
      {chosen && (
        <Confirm
          title={`Change to the plan ${chosen}?`}
          confirm="Change the plan"
          onClose={() => setChosen(undefined)}
          onDone={(next) => {
            setChosen(undefined);
            onChanged(next);
            reload();
            say(`The plan is ${chosen} now.`);
          }}
          act={() => api.billing.change({ plan: chosen }, billing.version)}
        >
          <p>Its limits hold from the next request on. What was spent this month stays counted.</p>
        </Confirm>
      )}
    </Section>
  );
}

/** What plan and operator allow, and which of them: the operator's word goes before the plan's. */
function allowed({ plan, operator }: Billing['limits']): {
  most: Limits;
  by: { [Name in keyof Limits]?: string };
} {
  const by = Object.fromEntries(
    limitNames.map((name) => [name, operator[name] === undefined ? 'the plan' : 'the operator']),
  );
  return { most: { ...plan, ...operator }, by };
}

export function LimitSettings({ billing, onChanged, reload }: Props): JSX.Element {
  const [draft, setDraft] = useState(draftOf(billing.limits.own));
  const changes = changesOf(billing.limits.own, draft);
  const { most, by } = allowed(billing.limits);
  const { run, busy, error } = useAction(async () => {
    onChanged(await api.billing.change({ limits: changes }, billing.version));
    say('Saved. The limits hold from the next request on.');
    reload();
  });
  const admin = may('admin');
  return (
    <Section
      title="Limits"
      lead="Yours may be lower than what the plan and the operator allow, never higher. 0 stops everything."
    >
      {admin ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <LimitFields draft={draft} onChange={setDraft} most={most} by={by} />
          <Problem error={error} onReload={isStale(error) ? reload : undefined} />
          <div>
            <Button
              type="submit"
              look="primary"
              busy={busy}
              disabled={!isGood(draft) || Object.keys(changes).length === 0}
            >
              Save the limits
            </Button>
          </div>
        </form>
      ) : (
        <>
          <Table
            caption="Limits"
            rows={limitNames}
            rowKey={(name) => name}
            columns={[
              { title: 'Limit', head: true, cell: (name) => limitTitles[name] },
              {
                title: 'Holds',
                number: true,
                cell: (name) => limitText(name, billing.limits.effective[name]),
              },
            ]}
          />
          <Notice>
            <p>Owners and admins can change the limits.</p>
          </Notice>
        </>
      )}
    </Section>
  );
}
