/** Compiles and instantiates the Wasm of the release build in this fresh process; prints both times. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Node has it; the types of Node name it without saying what it is. */
declare const WebAssembly: {
  Module: {
    new (bytes: Uint8Array): object;
    imports: (module: object) => { module: string; name: string; kind: string }[];
  };
  JSTag: object;
  Instance: new (module: object, imports: object) => object;
};

const path = join(import.meta.dirname, '..', 'build', 'release', 'index_bg.wasm');
const bytes = readFileSync(path);

const started = performance.now();
const module = new WebAssembly.Module(bytes);
const compiled = performance.now();
// Stand-ins: nothing that runs on instantiation needs more than functions to be there.
const imports: Record<string, Record<string, object>> = {};
for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
  (imports[from] ??= {})[name] = kind === 'tag' ? WebAssembly.JSTag : () => {};
}
const prepared = performance.now();
new WebAssembly.Instance(module, imports);
const ended = performance.now();
console.log(JSON.stringify({ compileMs: compiled - started, instantiateMs: ended - prepared }));
