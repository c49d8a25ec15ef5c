/** Builds the dashboard into build/assets: one HTML file per page, its scripts and styles beside it. */
import { defineConfig } from 'vite';
import { frames } from './frames.ts';

export default defineConfig({
  root: import.meta.dirname,
  // Where the Worker's other static files are put, too.
  build: {
    outDir: '../build/assets',
    emptyOutDir: true,
    // What passkeys and <dialog> need anyway.
    target: ['chrome120', 'firefox122', 'safari17'],
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [frames()],
  logLevel: 'warn',
});
