import { displayName, plainLine } from './display-name.js';
import { type Html, html } from './html.js';
import { page } from './layout.js';
import { type Tabs, tabs, whoIsHere } from './my-parts.js';
import { localPath } from './safe-url.js';

export interface ApprovalsModel extends Tabs {
  readonly tenantName: string;
  readonly user: { readonly name: string; readonly email: string };
  readonly csrf: string;
  readonly signOutAction: string;
  readonly waiting: readonly WaitingApproval[];
  /** What has just been done, in a sentence. */
  readonly notice?: string | undefined;
}

export interface WaitingApproval {
  readonly agentName: string;
  readonly resource: string;
  /** In words. */
  readonly scopes: readonly string[];
  readonly minutesLeft: number;
  readonly href: string;
}

/** What waits for one person's answer. */
export const approvalsPage = (model: ApprovalsModel): string => page({
  title: 'My approvals', tenantName: model.tenantName, width: 'wide',
  body: html`<article class="card">
${tabs(model, 'approvals')}
<div>
<h1>Waiting for your answer</h1>
<p class="lead">An agent wants to do something that somebody has to confirm. Only confirm what you have started yourself, or know of.</p>
</div>
${whoIsHere(model)}
${model.notice !== undefined && html`<p class="note good" role="status">${plainLine(model.notice, 300)}</p>`}
${model.waiting.length === 0 ? html`<p>Nothing waits for you right now.</p>` : html`<div>${model.waiting.map(entry)}</div>`}
</article>`,
});

const entry = ({ agentName, resource, scopes, minutesLeft, href }: WaitingApproval, index: number): Html => html`<section class="entry" aria-labelledby="approval-${index}">
<div class="bar">
<div><h2 id="approval-${index}"><bdi>${displayName(agentName)}</bdi></h2><p class="small">${minutesLeft} ${minutesLeft === 1 ? 'minute' : 'minutes'} left</p></div>
<a class="button slight" href="${localPath(href)}" aria-describedby="approval-${index}">Look at it</a>
</div>
<dl class="facts">
<div><dt>Wants to use</dt><dd><bdi>${plainLine(resource, 80)}</bdi></dd></div>
<div><dt>To</dt><dd><ul class="items">${scopes.map((scope) => html`<li><bdi>${plainLine(scope, 300)}</bdi></li>`)}</ul></dd></div>
</dl>
</section>`;
