/** What to do first, for those who may. */
import type { JSX } from 'preact';
import { ButtonLink } from '../components/button.tsx';
import { Empty } from '../components/notice.tsx';
import { may } from '../session.ts';

export function FirstSteps(): JSX.Element {
  if (!may('developer')) {
    return (
      <div class="first-steps">
        <Empty title="Nothing was called this month yet.">
          As soon as somebody of your team calls a model, its cost and usage show up here.
        </Empty>
      </div>
    );
  }
  return (
    <section class="first-steps" aria-labelledby="first-steps">
      <h2 id="first-steps">Get going</h2>
      <ol>
        <li>
          <h3>Try a model</h3>
          <p>The playground needs no key of yours, and writes the code for what you did there.</p>
          <ButtonLink href="/playground" small>
            Open the playground
          </ButtonLink>
        </li>
        <li>
          <h3>Make a key</h3>
          <p>
            For your server or tool. It works at once with OpenAI's and Anthropic's clients, too.
          </p>
          <ButtonLink href="/keys?new" look="primary" small>
            Make an API key
          </ButtonLink>
        </li>
        {may('admin') && (
          <li>
            <h3>Set a limit, add a colleague</h3>
            <p>A spending limit is never passed, and an invitation is a link.</p>
            <span class="badges">
              <ButtonLink href="/settings/billing" small>
                Limits
              </ButtonLink>
              <ButtonLink href="/settings/team" small>
                Team
              </ButtonLink>
            </span>
          </li>
        )}
      </ol>
    </section>
  );
}
