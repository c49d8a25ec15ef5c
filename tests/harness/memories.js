// Notes the memory of each Wasm instance, which the build gives to nobody: for the tests that ask whether it grows.
// It has to be the first module of all.
const { Instance } = WebAssembly;
const seen = [];

WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    seen.push(new WeakRef(this.exports.memory));
  }
};

// Bytes of all instances together.
export function wasmBytes() {
  return seen.reduce((sum, memory) => sum + (memory.deref()?.buffer.byteLength ?? 0), 0);
}
