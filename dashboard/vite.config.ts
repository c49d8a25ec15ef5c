/** Builds the dashboard into build/assets: one HTML file per page, its scripts and styles beside it. */
import { defineConfig } from 'vite';
import { frames } from './frames.ts';

export default defineConfig({
  root: import.meta.dirname,
  // Where the Worker's other static files are put, too.
  build: {
    outDir: '../build/assets',
    emptyOutDir: true,
    // The first ones with light-dark(), which is left as it is.
    target: ['chrome123', 'firefox122', 'safari17.5'],
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [frames()],
  logLevel: 'warn',
});
