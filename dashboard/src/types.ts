/**
 * What the control plane says, in one place. In scope: the shapes of `/api/*` and of what the dashboard
 * reads of `/ai/*`. Times are milliseconds since 1970, money is US dollars.
 */

export type Role = 'viewer' | 'developer' | 'admin' | 'owner';
export type Profile = 'general' | 'healthcare' | 'finance' | 'legal';
export type Plan = 'free' | 'pro' | 'scale' | 'enterprise';

export type Person = { id: string; name: string };
export type Membership = { id: string; name: string; role: Role };

export type SignedOut = { signedIn: false; signup: 'invitation' | 'open'; local: boolean };
export type SignedIn = {
  signedIn: true;
  user: Person;
  tenants: Membership[];
  tenant?: string | null;
  /** What time the gateway has; a Worker of the release before does not say. */
  nowMs?: number;
};
export type Session = SignedOut | SignedIn;

/** A challenge, and what the browser is asked to do with it. */
export type Ceremony<Options> = { challengeId: string; publicKey: Options };

export type Link = {
  kind: 'invitation' | 'recovery' | 'owner';
  tenant?: { id: string; name: string };
  role?: Role;
  user?: { name: string };
  expiresAtMs: number;
};

export type Passkey = {
  id: string;
  name: string;
  createdAtMs: number;
  lastUsedAtMs?: number;
  current?: boolean;
};

export type SessionRow = {
  id: string;
  createdAtMs: number;
  lastSeenAtMs: number;
  userAgent: string;
  current: boolean;
};

export type Tenant = {
  id: string;
  name: string;
  plan?: Plan;
  profile: Profile;
  createdAtMs: number;
  version: number;
  role: Role;
  suspended: boolean;
  shadow: boolean;
};

/** What is left out is not limited. */
export type Limits = { rpm?: number; tpm?: number; concurrency?: number; budgetUsd?: number };
/** `null` takes a limit away. */
export type LimitChanges = { [Name in keyof Limits]?: number | null };

export type KeyType = 'nru' | 'pk';
export type Key = {
  id: string;
  type: KeyType;
  name: string;
  role: Role;
  effectiveRole: Role;
  preview: string;
  creator?: Person;
  createdAtMs: number;
  lastUsedAtMs?: number;
  expiresAtMs?: number;
  revokedAtMs?: number;
  limits: Limits;
  models: string[];
  profile?: Profile;
  origins: string[];
  /** Requests per minute of each visitor of a widget key. */
  visitorRpm?: number;
  own: boolean;
  version: number;
};
/** A key just made: the only time that its text is told. */
export type MadeKey = Key & { key: string };
export type NewKey = {
  type?: KeyType;
  name: string;
  role?: Role;
  expiresAtMs?: number;
  limits?: Limits;
  models?: string[];
  origins?: string[];
  profile?: Profile;
  visitorRpm?: number;
};

export type Member = {
  id: string;
  name: string;
  role: Role;
  joinedAtMs: number;
  lastSeenAtMs?: number;
  you: boolean;
  version: number;
};
export type Invitation = {
  id: string;
  role: Role;
  note?: string;
  createdBy?: Person;
  createdAtMs: number;
  expiresAtMs: number;
};
export type MadeLink = { url: string; expiresAtMs: number };

export type Billing = {
  plan?: Plan;
  plans: { id: Plan; limits: Limits; current: boolean; allowed?: boolean }[];
  limits: { plan: Limits; operator: Limits; own: Limits; effective: Limits };
  month: {
    startMs: number;
    endMs: number;
    spentUsd: number;
    reservedUsd: number;
    forecastUsd?: number;
  };
  upgrade?: { how: string; url?: string };
  shadow: boolean;
  version: number;
};

export type UsageBy = 'day' | 'model' | 'key';
export type UsageRow = {
  day?: string;
  model?: string;
  key?: string;
  requests: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens?: number;
  costUsd: number;
  estimatedRequests?: number;
  /** Called with a key of the tenant's own with the provider, at no cost here. */
  ownKeyRequests?: number;
};

export type Answers = 'off' | 'flag' | 'redact' | 'block';
export type Pattern = { name: string; labels: string[]; shape: string };
export type Privacy = {
  profile: Profile;
  /** What the operator asks for besides. */
  operatorProfile?: Profile;
  answers?: Answers;
  patterns: Pattern[];
  /** What is asked and answered is kept with the request log. */
  texts?: boolean;
  version: number;
};
export type Scan = { findings: { kind: string }[]; blocked: boolean };

export type ProviderId = 'openai' | 'anthropic';
/** Whose models may be called with a key of the tenant's own, and what there is to see of that key. */
export type Provider = {
  provider: ProviderId;
  set: boolean;
  preview?: string;
  version?: number;
  updatedAtMs?: number;
  updatedBy?: Person;
};
export type Providers = {
  providers: Provider[];
  /** Whether this deployment can keep such keys. */
  available: boolean;
};

export type AuditEvent = {
  id: string;
  atMs: number;
  actor: { kind: 'member' | 'key' | 'operator' | 'system'; id?: string; name?: string };
  action: string;
  target?: string;
  details?: Record<string, unknown>;
  ip?: string;
  requestId?: string;
};

export type Model = {
  id: string;
  aliases: string[];
  kind: 'chat' | 'embedding';
  contextWindow: number;
  maxOutput: number;
  capabilities: string[];
  price: {
    input: number;
    output: number;
    cached_input?: number;
    cache_write?: number;
    image?: number;
    source?: string;
    date?: string;
  };
};
export type Models = { default: string; defaultEmbedding: string; models: Model[] };

export type Percentiles = {
  count: number;
  mean: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
};
export type MetricSums = {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  errors: Record<string, number>;
  limited: Record<string, number>;
  latencyMs: Percentiles;
  timeToFirstTokenMs: Percentiles;
};
export type MetricsWindow = '1h' | '24h' | '30d' | '90d' | '13mo';
export type Metrics = MetricSums & {
  window: MetricsWindow;
  step: string;
  relativeError: number;
  inFlight?: number;
  steps: (MetricSums & { atMs: number })[];
};

export type AlertKind =
  | 'error_rate'
  | 'latency_p95'
  | 'spend'
  | 'spend_forecast'
  | 'auth_failures'
  | 'backend_down'
  | 'revoked_key';
export type AlertRule = {
  kind: AlertKind;
  enabled: boolean;
  threshold: number;
  windowMinutes: number;
  minimumRequests: number;
};
export type AlertRules = { rules: AlertRule[]; version: number };
export type Alert = {
  id: string;
  kind: AlertKind;
  subject: string;
  value: number;
  threshold: number;
  firedAtMs: number;
  resolvedAtMs?: number;
};
export type WebhookShape = 'json' | 'slack';
export type Webhook = {
  id: string;
  url: string;
  shape: WebhookShape;
  createdAtMs: number;
  secret?: string;
};
export type Delivery = {
  id: string;
  webhook: string;
  event: string;
  tries: number;
  failure: string;
  dueMs: number;
};
export type Webhooks = {
  webhooks: Webhook[];
  deliveries: { waiting: Delivery[]; dead: Delivery[] };
};

export type Excerpt = { text: string; cut: boolean };
export type LogEntry = {
  logId: string;
  atMs: number;
  outcome: string;
  status: number | null;
  route: string | null;
  surface: string | null;
  key: string | null;
  model: string | null;
  backend: string | null;
  /** Called with the tenant's own key with the provider. */
  ownKey?: boolean;
  limit: string | null;
  latencyMs: number;
  timeToFirstTokenMs: number | null;
  timingsMs: { auth: number; admit: number; upstream: number };
  receipt: {
    priceVersion: string | null;
    inputTokens: number;
    cachedTokens: number;
    outputTokens: number;
    costUsd: number;
    estimated: boolean;
  } | null;
  /** Only where one request is asked for. */
  texts?: { prompt: Excerpt; answer: Excerpt | null } | null;
};
