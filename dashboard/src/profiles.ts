/** The profiles there are, and what each refuses. */
import type { Profile } from './types.ts';

export const profiles: readonly { value: Profile; label: string; note: string }[] = [
  { value: 'general', label: 'General', note: 'Nothing is looked for.' },
  {
    value: 'healthcare',
    label: 'Healthcare',
    note: 'Refuses what identifies a patient: names by label, record numbers, contacts, dates of birth.',
  },
  {
    value: 'finance',
    label: 'Finance',
    note: 'Refuses payment cards, accounts, tax numbers and who they belong to.',
  },
  {
    value: 'legal',
    label: 'Legal',
    note: 'Refuses what courts have redacted: social security, accounts, birth dates, names of minors by label.',
  },
];
