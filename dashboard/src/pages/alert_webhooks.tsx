/** Where alerts are told. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Secret } from '../components/copy.tsx';
import { Confirm } from '../components/dialog.tsx';
import { Field, Select } from '../components/field.tsx';
import { Loading, Notice, Problem } from '../components/notice.tsx';
import { Section } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { say } from '../components/toast.tsx';
import { useAction, useLoad } from '../load.ts';
import type { Delivery, Webhook, WebhookShape } from '../types.ts';

const shapes = [
  { value: 'json', label: 'JSON' },
  { value: 'slack', label: 'Slack' },
] as const;

export function Webhooks(): JSX.Element {
  const { value, error, reload } = useLoad(api.monitoring.webhooks);
  const [url, setUrl] = useState('');
  const [shape, setShape] = useState<WebhookShape>('json');
  const [made, setMade] = useState<Webhook | undefined>();
  const add = useAction(async () => {
    setMade(await api.monitoring.addWebhook(url, shape));
    setUrl('');
    reload();
  });
  const test = useAction(async (id: string) => {
    await api.monitoring.testWebhook(id);
    say('A test is on its way. If it is not heard, that shows below.');
    reload();
  });
  const [dropped, setDropped] = useState<string | undefined>();
  return (
    <Section
      title="Webhooks"
      lead="Where alerts are told. Each call is signed with the webhook's secret."
    >
      <Problem error={error ?? test.error} onReload={reload} />
      {!value && error === undefined && <Loading />}
      {made?.secret && (
        <Notice tone="good" title="The webhook is made. Its secret is shown once." live>
          <Secret text={made.secret} what="the secret" />
        </Notice>
      )}
      {value && value.webhooks.length > 0 && (
        <Table
          caption="Webhooks"
          rows={value.webhooks}
          rowKey={({ id }) => id}
          columns={[
            {
              title: 'URL',
              head: true,
              cell: ({ id, url }) => (
                <span>
                  <span class="mono">{url}</span>
                  <span class="under mono">{id}</span>
                </span>
              ),
            },
            { title: 'Form', cell: ({ shape }) => shape },
            { title: 'Made', cell: ({ createdAtMs }) => <When ms={createdAtMs} /> },
            {
              title: 'Actions',
              actions: true,
              cell: ({ id }) => (
                <>
                  <Button small busy={test.busy} onClick={() => void test.run(id)}>
                    Test
                  </Button>
                  <Button small look="quiet" onClick={() => setDropped(id)}>
                    Remove
                  </Button>
                </>
              ),
            },
          ]}
        />
      )}
      {value && <Deliveries {...value.deliveries} webhooks={value.webhooks} />}
      <form
        class="filters after"
        onSubmit={(event) => {
          event.preventDefault();
          void add.run();
        }}
      >
        <Field label="URL">
          {(field) => (
            <input
              {...field}
              type="url"
              required
              placeholder="https://hooks.acme.com/…"
              value={url}
              onInput={(event) => setUrl(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Form">
          {(field) => <Select {...field} value={shape} choices={shapes} onChange={setShape} />}
        </Field>
        <div class="filter-end">
          <Button type="submit" busy={add.busy}>
            Add the webhook
          </Button>
        </div>
      </form>
      <Problem error={add.error} />
      {dropped && (
        <Confirm
          title="Remove the webhook?"
          confirm="Remove the webhook"
          onClose={() => setDropped(undefined)}
          act={async () => {
            await api.monitoring.dropWebhook(dropped);
            reload();
          }}
        >
          <p>No alert is told there any more, and its secret is forgotten.</p>
        </Confirm>
      )}
    </Section>
  );
}

function Deliveries({
  waiting,
  dead,
  webhooks,
}: {
  waiting: readonly Delivery[];
  dead: readonly Delivery[];
  webhooks: readonly Webhook[];
}): JSX.Element | null {
  const rows = [...waiting, ...dead];
  const url = (id: string): string => webhooks.find((one) => one.id === id)?.url ?? id;
  if (rows.length === 0) return null;
  return (
    <div class="after">
      <h3>Not heard yet</h3>
      <Table
        caption="Deliveries that were not heard"
        rows={rows}
        rowKey={({ id }) => id}
        columns={[
          { title: 'Delivery', head: true, cell: ({ event }) => <span class="mono">{event}</span> },
          {
            title: 'State',
            cell: (row) =>
              dead.includes(row) ? (
                <Badge tone="bad">given up</Badge>
              ) : (
                <Badge tone="warn">waiting</Badge>
              ),
          },
          { title: 'Tries', number: true, cell: ({ tries }) => tries },
          { title: 'Failure', cell: ({ failure }) => failure || '–' },
          { title: 'To', cell: ({ webhook }) => <span class="mono">{url(webhook)}</span> },
          {
            title: 'Next try',
            cell: (row) => <When ms={dead.includes(row) ? undefined : row.dueMs} never="none" />,
          },
        ]}
      />
    </div>
  );
}
