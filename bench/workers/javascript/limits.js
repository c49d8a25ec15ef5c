// The headers that tell a client where it stands.
function duration(ms) {
  if (ms < 1_000) return `${ms}ms`;
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

export function limitHeaders(headers, limits) {
  if (limits.length === 0) return;
  const policy = limits.map((it) => `"${it.source}-requests";q=${it.limit};w=${it.window_s}`);
  const state = limits.map(
    (it) => `"${it.source}-requests";r=${it.remaining};t=${Math.ceil(it.reset_ms / 1_000)}`,
  );
  const tightest = limits.reduce((a, b) => (b.remaining < a.remaining ? b : a));
  headers.set('ratelimit-policy', policy.join(', '));
  headers.set('ratelimit', state.join(', '));
  headers.set('x-ratelimit-limit-requests', String(tightest.limit));
  headers.set('x-ratelimit-remaining-requests', String(tightest.remaining));
  headers.set('x-ratelimit-reset-requests', duration(tightest.reset_ms));
}
