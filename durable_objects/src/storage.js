// The border between Wasm and an object's SQLite: each function is one crossing, whatever it carries.
//
// Why by hand: generic bindings cross once for each value of each statement and each column of each row.

// Runs statements, all or none: `[[sql, value, …], …]` as JSON. A value that is a list is given as JSON.
export function execute(storage, statements) {
  storage.transactionSync(() => {
    for (const [sql, ...values] of JSON.parse(statements)) {
      storage.sql.exec(sql, ...values.map(bound));
    }
  });
}

const bound = (value) => (Array.isArray(value) ? JSON.stringify(value) : value);

// The rows of a query, `[sql, value, …]`, as JSON.
export function query(storage, statement) {
  const [sql, ...values] = JSON.parse(statement);
  return JSON.stringify(storage.sql.exec(sql, ...values).toArray());
}

// Sets the object's alarm. It holds no answer back, and is committed with the section's other writes.
export function setAlarm(storage, atMs) {
  storage.setAlarm(atMs, { allowUnconfirmed: true });
}
