import { plainLine } from './display-name.js';
import { html } from './html.js';
import { page } from './layout.js';

export interface ErrorModel {
  readonly tenantName?: string | undefined;
  readonly title: string;
  /** What went wrong, in a sentence that tells nothing secret. */
  readonly what: string;
  /** What the reader can do now. */
  readonly todo: string;
  /** Finds the request in the operator's log. */
  readonly requestId: string;
}

/** Says plainly what is wrong and what to do; repeats nothing of the request. */
export const errorPage = ({ tenantName, title, what, todo, requestId }: ErrorModel): string => page({
  title: plainLine(title, 120), tenantName,
  body: html`<article class="card">
<div role="alert">
<h1>${plainLine(title, 120)}</h1>
<p class="lead">${plainLine(what, 600)}</p>
</div>
<h2>What you can do</h2>
<p>${plainLine(todo, 600)}</p>
<p class="small">If you ask somebody for help, give them this number: <code>${plainLine(requestId, 80)}</code></p>
</article>`,
});
