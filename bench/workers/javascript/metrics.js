// One data point per request for each dataset, with the gateway's columns.
export function writePoints(env, trace, status, latencyMs) {
  const { id, route, surface, model, backend, key, usage } = trace;
  const indexes = [trace.tenant || '-'];
  const outcome = status === 200 ? 'complete' : 'failed';
  env.AE_REQUESTS.writeDataPoint({
    indexes,
    blobs: [id, route, surface, model, backend, key, outcome, 'plain'],
    doubles: [status, latencyMs, latencyMs],
  });
  if (backend) {
    env.AE_TOKENS.writeDataPoint({
      indexes,
      blobs: [id, model, backend, key, surface, 'reported'],
      doubles: [usage.input, usage.output, usage.cached, usage.cost],
    });
  }
  env.AE_AUTH.writeDataPoint({
    indexes,
    blobs: [id, status === 401 ? 'unknown' : 'ok', route, key],
    doubles: [1],
  });
}
