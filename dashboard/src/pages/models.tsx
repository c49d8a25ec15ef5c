/** The catalog: what each model can do and costs. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { CopyButton } from '../components/copy.tsx';
import { Empty, Loading, Problem } from '../components/notice.tsx';
import { Head } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { count } from '../format.ts';
import { useLoad } from '../load.ts';
import type { Model } from '../types.ts';

const words: Record<string, string> = {
  tools: 'tools',
  vision: 'images',
  json_schema: 'JSON schema',
  reasoning: 'reasoning',
  streaming: 'streaming',
};

const perMillion = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  minimumFractionDigits: 2,
  maximumFractionDigits: 3,
});

export default function Models(): JSX.Element {
  const { value, error, loading, reload } = useLoad(api.models.list);
  const [wanted, setWanted] = useState('');
  const word = wanted.trim().toLowerCase();
  const models = (value?.models ?? []).filter((model) =>
    [model.id, ...model.aliases, model.kind, ...model.capabilities.map((one) => words[one] ?? one)]
      .join(' ')
      .toLowerCase()
      .includes(word),
  );
  return (
    <>
      <Head path="/models" />
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading />}
      {value && (
        <>
          <div class="toolbar">
            <input
              type="search"
              aria-label="Find a model"
              placeholder="Find by name or ability"
              value={wanted}
              onInput={(event) => setWanted(event.currentTarget.value)}
            />
          </div>
          {models.length === 0 ? (
            <Empty title="No model fits.">
              Names, and words such as “tools”, “images” or “embedding” are looked for.
            </Empty>
          ) : (
            <Catalog models={models} standard={[value.default, value.defaultEmbedding]} />
          )}
          <p class="hint footnote">
            USD per million tokens. What a request costs is in its answer, rounded up once to a
            nano-dollar. <span class="mono">auto</span> costs what the model costs that answers;
            shown is the dearest.
          </p>
        </>
      )}
    </>
  );
}

function Catalog({
  models,
  standard,
}: {
  models: readonly Model[];
  standard: readonly string[];
}): JSX.Element {
  return (
    <Table
      caption="Models"
      rows={models}
      rowKey={({ id }) => id}
      columns={[
        {
          title: 'Model',
          head: true,
          cell: ({ id, aliases }) => (
            <>
              <span class="model-name">
                <span class="mono">{id}</span>
                <CopyButton text={id} what={id} />
                {standard.includes(id) && <Badge tone="info">default</Badge>}
              </span>
              {aliases.length > 0 && <span class="under mono">{aliases.join(', ')}</span>}
            </>
          ),
        },
        {
          title: 'Can',
          cell: ({ kind, capabilities }) => (
            <span class="badges">
              {kind === 'embedding' && <Badge>embedding</Badge>}
              {capabilities.map((one) => (
                <Badge key={one}>{words[one] ?? one}</Badge>
              ))}
            </span>
          ),
        },
        { title: 'Context', number: true, cell: ({ contextWindow }) => count(contextWindow) },
        {
          title: 'Output',
          number: true,
          cell: ({ maxOutput }) => (maxOutput === 0 ? '–' : count(maxOutput)),
        },
        { title: 'In', number: true, cell: ({ price }) => perMillion.format(price.input) },
        {
          title: 'Cached',
          number: true,
          cell: ({ price }) =>
            price.cached_input === undefined ? '–' : perMillion.format(price.cached_input),
        },
        {
          title: 'Out',
          number: true,
          cell: ({ price, kind }) => (kind === 'embedding' ? '–' : perMillion.format(price.output)),
        },
      ]}
    />
  );
}
