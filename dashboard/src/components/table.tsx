/**
 * Tables that become cards on a phone. The roles are written out, since a table that is not displayed as
 * one is no table to some readers.
 */
import type { ComponentChildren, JSX } from 'preact';

export type Column<Row> = {
  title: string;
  cell: (row: Row) => ComponentChildren;
  /** Numbers stand to the right, under one another. */
  number?: boolean;
  /** Buttons: no title, at the end. */
  actions?: boolean;
  /** The row's name. */
  head?: boolean;
};

export function Table<Row>({
  caption,
  columns,
  rows,
  rowKey,
  faded,
}: {
  /** What it lists; for readers only. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  faded?: (row: Row) => boolean;
}): JSX.Element {
  const classOf = ({ number, actions }: Column<Row>): string | undefined =>
    number ? 'number' : actions ? 'actions' : undefined;
  return (
    <table role="table">
      <caption class="unseen">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column.title} role="columnheader" scope="col" class={classOf(column)}>
              {column.actions ? <span class="unseen">{column.title}</span> : column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={rowKey(row)} role="row" class={faded?.(row) ? 'faded' : undefined}>
            {columns.map((column) =>
              column.head ? (
                <th key={column.title} role="rowheader" scope="row">
                  {column.cell(row)}
                </th>
              ) : (
                <td
                  key={column.title}
                  role="cell"
                  class={classOf(column)}
                  data-title={column.actions ? undefined : column.title}
                >
                  {column.cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
