/** One request in all that is known of it: how it ended, what it took, what was charged. */
import type { ComponentChildren, JSX } from 'preact';
import { Dialog } from '../components/dialog.tsx';
import { count, precisely, usd } from '../format.ts';
import type { LogEntry } from '../types.ts';
import { KeyName } from './key_name.tsx';
import { duration } from './live.tsx';
import { Texts } from './log_texts.tsx';

/** Where the time went. Clocks of the platform stand still between calls: 0 is what was not measured. */
function parts({ auth, admit, upstream }: LogEntry['timingsMs']): string {
  return [
    ['authentication', auth] as const,
    ['admission', admit] as const,
    ['backend', upstream] as const,
  ]
    .filter(([, ms]) => ms > 0)
    .map(([name, ms]) => `${name} ${duration(ms)}`)
    .join(', ');
}

export function Receipt({
  entry,
  keyNames,
  onClose,
}: {
  entry: LogEntry;
  keyNames: Map<string, string>;
  onClose: () => void;
}): JSX.Element {
  const { receipt, timingsMs } = entry;
  const rows: [string, ComponentChildren][] = [
    ['Request', entry.logId],
    ['When', precisely(entry.atMs)],
    ['Ended', `${entry.outcome}${entry.status ? ` (${entry.status})` : ''}`],
    ['Limit', entry.limit],
    ['Route', entry.route],
    ['Surface', entry.surface],
    ['Model', entry.model],
    ['Backend', entry.backend],
    ['Key', entry.key && <KeyName id={entry.key} names={keyNames} />],
    ['Called with', entry.ownKey ? 'your own key with the provider' : null],
    ['Took', entry.latencyMs > 0 ? duration(entry.latencyMs) : null],
    ['First token', entry.timeToFirstTokenMs === null ? null : duration(entry.timeToFirstTokenMs)],
    ['Of this', parts(timingsMs)],
    ['Input tokens', receipt && count(receipt.inputTokens)],
    ['of these cached', receipt && receipt.cachedTokens > 0 ? count(receipt.cachedTokens) : null],
    ['Output tokens', receipt && count(receipt.outputTokens)],
    [
      'Charged',
      receipt ? `${usd(receipt.costUsd)}${receipt.estimated ? ', estimated' : ''}` : 'nothing',
    ],
    ['Price of', receipt?.priceVersion],
  ];
  return (
    <Dialog title="Receipt" onClose={onClose}>
      <dl class="receipt">
        {rows
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class={name === 'Request' ? 'mono' : undefined}>{value}</dd>
            </div>
          ))}
      </dl>
      <Texts logId={entry.logId} />
    </Dialog>
  );
}
