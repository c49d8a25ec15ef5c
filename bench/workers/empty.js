// For start-up: what workerd needs before any Worker's own code counts.
export default {
  fetch() {
    return new Response('ok');
  },
};
