// The least a Worker can do: the request goes to the backend and its answer to the caller, untouched.
export default {
  fetch(request, env) {
    return fetch(env.BACKEND, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: request.body,
    });
  },
};
