/** Starts the dashboard in the page that the server sent; its frame is painted already. */
import '@fontsource-variable/instrument-sans/wght.css';
import '@fontsource-variable/geist-mono/wght.css';
import './style/main.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { loadSession } from './session.ts';

const root = document.getElementById('app');
if (root) {
  void loadSession();
  root.replaceChildren();
  render(<App />, root);
}
