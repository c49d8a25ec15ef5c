/**
 * One HTML file per page, each with the page's frame in it: what is painted before any script has come. A
 * file per path, and no fallback page, leaves every other path to the Worker, which answers 404.
 */
import type { Plugin } from 'vite';
import { type Route, routes } from './src/routes.ts';

function text(plain: string): string {
  return plain.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}

const wordmark =
  '<span class="wordmark"><svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">' +
  '<rect width="24" height="24" rx="6"/><path d="M6.5 17.5v-11l11 11v-11"/></svg>Neureus</span>';

const bones = '<div class="loading"><span class="bone"></span><span class="bone"></span></div>';

/** The same boxes as `components/shell.tsx` and `components/door.tsx` fill. */
function frame(route: Route | undefined): string {
  if (!route || route.open) {
    const title = route ? `<h1>${text(route.title)}</h1>` : '';
    return `<main class="door">${wordmark}<div class="door-box">${title}${bones}</div></main>`;
  }
  const lead = route.lead ? `<p>${text(route.lead)}</p>` : '';
  return (
    `<div class="shell"><header class="bar">${wordmark}</header>` +
    `<aside class="side"><div class="side-top">${wordmark}</div></aside>` +
    `<main><div class="page"><div class="page-head"><div><h1>${text(route.title)}</h1>${lead}</div></div>` +
    `${bones}</div></main></div>`
  );
}

export function frames(): Plugin {
  return {
    name: 'frames',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const index = bundle['index.html'];
      if (index?.type !== 'asset') return this.error('index.html was not built');
      const template = String(index.source);
      const codeOf = (page: string): string | undefined =>
        Object.values(bundle).find(
          (part) => part.type === 'chunk' && part.facadeModuleId?.endsWith(`/pages/${page}.tsx`),
        )?.fileName;
      const page = (route: Route | undefined): string => {
        const code = route && codeOf(route.page);
        const preload = code ? `<link rel="modulepreload" crossorigin href="/${code}" />\n  ` : '';
        return template
          .replace('<!-- frame -->', () => frame(route))
          .replace(/<title>.*<\/title>/, () => `<title>${text(route?.title ?? 'Neureus')}</title>`)
          .replace('</head>', () => `${preload}</head>`);
      };
      for (const route of routes) {
        this.emitFile({
          type: 'asset',
          fileName: `${route.path.slice(1)}.html`,
          source: page(route),
        });
      }
      index.source = page(undefined);
    },
  };
}
