/** Making, editing, rotating and revoking a key. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { now } from '../clock.ts';
import { Confirm, FormDialog } from '../components/dialog.tsx';
import { Field, Fieldset, Radios, Select } from '../components/field.tsx';
import {
  changesOf,
  type Draft,
  draftOf,
  isGood,
  LimitFields,
  limitsOf,
} from '../components/limits.tsx';
import { NameField } from '../components/name_field.tsx';
import { Notice } from '../components/notice.tsx';
import { When } from '../components/time.tsx';
import { say } from '../components/toast.tsx';
import { at } from '../format.ts';
import { useLoad } from '../load.ts';
import { originsOf } from '../origins.ts';
import { profiles } from '../profiles.ts';
import { keyRoles, meaning } from '../role.ts';
import { role as myRole } from '../session.ts';
import type { Key, MadeKey, Profile, Role } from '../types.ts';
import { OriginsField, visitorDefault, visitorError, VisitorField } from './widget_fields.tsx';

const dayMs = 86_400_000;
const lives = [
  { value: '0', label: 'Never' },
  { value: '1', label: 'In a day' },
  { value: '7', label: 'In a week' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
] as const;

export function NewKeyDialog({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (made: MadeKey) => void;
}): JSX.Element {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('developer');
  const [life, setLife] = useState<(typeof lives)[number]['value']>('0');
  const [limits, setLimits] = useState(draftOf({}));
  const [models, setModels] = useState<readonly string[]>([]);
  const [profile, setProfile] = useState<Profile>('general');
  const make = (): Promise<MadeKey> =>
    api.keys.make({
      name: name.trim(),
      role,
      ...(life === '0' ? {} : { expiresAtMs: now() + Number(life) * dayMs }),
      limits: limitsOf(limits),
      ...(models.length > 0 ? { models: [...models] } : {}),
      ...(profile === 'general' ? {} : { profile }),
    });
  return (
    <FormDialog
      title="Make an API key"
      submit="Make the key"
      act={make}
      onDone={onMade}
      onClose={onClose}
      disabled={!isGood(limits)}
      wide
    >
      <NameField
        hint="What will use it: backend, nightly report, Ada's laptop."
        value={name}
        onChange={setName}
      />
      <div class="fields">
        <Field label="Role" hint={meaning[role]}>
          {(field) => (
            <Select
              {...field}
              value={role}
              choices={keyRoles(myRole.value).map((value) => ({ value, label: value }))}
              onChange={setRole}
            />
          )}
        </Field>
        <Field
          label="Expires"
          hint={life === '0' ? 'Until it is revoked.' : at(now() + Number(life) * dayMs)}
        >
          {(field) => <Select {...field} value={life} choices={lives} onChange={setLife} />}
        </Field>
      </div>
      <details>
        <summary>Limits, models and a profile of its own</summary>
        <div class="details-body">
          <OwnLimits draft={limits} onChange={setLimits} />
          <ModelChoice chosen={models} onChange={setModels} />
          <Field label="Profile" hint="Besides the tenant's, which a key cannot take away.">
            {(field) => (
              <Select
                {...field}
                value={profile}
                choices={profiles.map(({ value, label }) => ({
                  value,
                  label: value === 'general' ? "Only the tenant's" : label,
                }))}
                onChange={setProfile}
              />
            )}
          </Field>
        </div>
      </details>
    </FormDialog>
  );
}

function OwnLimits(props: { draft: Draft; onChange: (draft: Draft) => void }): JSX.Element {
  return (
    <Fieldset legend="Limits" hint="Besides the tenant's. Left empty, only the tenant's hold.">
      <LimitFields {...props} />
    </Fieldset>
  );
}

function ModelChoice({
  chosen,
  onChange,
}: {
  chosen: readonly string[];
  onChange: (models: readonly string[]) => void;
}): JSX.Element {
  const { value } = useLoad(api.models.list);
  // What the key has and the catalog no longer does stays visible, so that it can be taken away.
  const known = (value?.models ?? []).map(({ id }) => id);
  const names = [...known, ...chosen.filter((id) => !known.includes(id))];
  return (
    <Fieldset legend="Models" hint="With none chosen, the key may call all of them.">
      <div class="checks">
        {names.map((id) => (
          <label key={id} class="check">
            <input
              type="checkbox"
              checked={chosen.includes(id)}
              onChange={(event) =>
                onChange(
                  event.currentTarget.checked
                    ? [...chosen, id]
                    : chosen.filter((one) => one !== id),
                )
              }
            />
            <span class="mono">{id}</span>
          </label>
        ))}
      </div>
    </Fieldset>
  );
}

/** Whether two lists hold the same, in whatever order. */
function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item) => other.includes(item));
}

type About = { row: Key; onClose: () => void; onDone: () => void };

export function EditKey({ row, onClose, onDone }: About): JSX.Element {
  const [name, setName] = useState(row.name);
  const [limits, setLimits] = useState(draftOf(row.limits));
  const [models, setModels] = useState<readonly string[]>(row.models);
  const [text, setText] = useState(row.origins.join('\n'));
  const before = String(row.visitorRpm ?? visitorDefault);
  const [visitor, setVisitor] = useState(before);
  const { origins, error } = originsOf(text);
  const good =
    isGood(limits) &&
    (row.type === 'nru' || (error === undefined && visitorError(visitor) === undefined));
  const save = async (): Promise<void> => {
    const changed = changesOf(row.limits, limits);
    await api.keys.change(row, {
      ...(name.trim() === row.name ? {} : { name: name.trim() }),
      ...(Object.keys(changed).length > 0 ? { limits: changed } : {}),
      ...(same(models, row.models) ? {} : { models: [...models] }),
      ...(row.type === 'nru' || same(origins, row.origins) ? {} : { origins }),
      ...(row.type === 'nru' || visitor === before ? {} : { visitorRpm: Number(visitor) }),
    });
    say('Saved. It holds from the next request on.');
    onDone();
  };
  return (
    <FormDialog
      title={`Edit ${row.name || row.preview}`}
      submit="Save"
      act={save}
      onClose={onClose}
      onStale={onDone}
      disabled={!good}
      wide
    >
      <NameField value={name} onChange={setName} />
      {row.type === 'pk' && (
        <>
          <OriginsField text={text} onChange={setText} />
          <VisitorField text={visitor} onChange={setVisitor} />
        </>
      )}
      <OwnLimits draft={limits} onChange={setLimits} />
      {row.type === 'nru' && <ModelChoice chosen={models} onChange={setModels} />}
      <p class="hint">
        {row.type === 'pk'
          ? 'Its text stays as it is: nothing changes on your pages.'
          : 'Role and expiry stay as they are: make another key for others.'}
      </p>
    </FormDialog>
  );
}

const graces = [
  { value: '0', label: 'At once', note: 'For a key that may have leaked.' },
  { value: '3600', label: 'In an hour', note: '' },
  { value: '86400', label: 'In a day', note: 'Time to put the new one everywhere.' },
  { value: '604800', label: 'In a week', note: '' },
] as const;

export function RotateKey({
  row,
  onClose,
  onMade,
}: {
  row: Key;
  onClose: () => void;
  onMade: (made: MadeKey) => void;
}): JSX.Element {
  const [grace, setGrace] = useState<(typeof graces)[number]['value']>('86400');
  return (
    <FormDialog
      title={`Rotate ${row.name || row.preview}`}
      submit="Make the new key"
      onClose={onClose}
      act={() => api.keys.rotate(row.id, Number(grace))}
      onDone={onMade}
    >
      <p>You get a new key with the same name, role, limits and models.</p>
      <Fieldset legend={`The old one, ${row.preview}, stops`}>
        <Radios name="grace" value={grace} choices={graces} onChange={setGrace} />
      </Fieldset>
      {grace === '0' && (
        <Notice tone="warn">
          <p>Whatever uses the old key is refused until it has the new one.</p>
        </Notice>
      )}
    </FormDialog>
  );
}

export function RevokeKey({ row, onClose, onDone }: About): JSX.Element {
  return (
    <Confirm
      title={`Revoke ${row.name || row.preview}?`}
      confirm="Revoke the key"
      onClose={onClose}
      act={async () => {
        await api.keys.revoke(row.id);
        say('The key is revoked.');
        onDone();
      }}
    >
      <p>
        Whatever uses <code>{row.preview}</code> is refused from the next request on. This cannot be
        undone.
      </p>
      <p>
        Last used: <When ms={row.lastUsedAtMs} never="never" />.
      </p>
    </Confirm>
  );
}
