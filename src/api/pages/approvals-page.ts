import { displayName, plainLine } from './display-name.js';
import { type Html, html } from './html.js';
import { page } from './layout.js';
import { type OwnPage, tabs, whoIsHere } from './my-parts.js';
import { localPath } from './safe-url.js';

export interface ApprovalsModel extends OwnPage {
  readonly waiting: readonly WaitingApproval[];
  /** Confirmed and not used yet. Posts `csrf` and `approval_id` to `withdrawAction`. */
  readonly confirmed: readonly ConfirmedApproval[];
  readonly withdrawAction: string;
  /** What has just been done, in a sentence. */
  readonly notice?: string | undefined;
}

interface ShownApproval {
  readonly agentName: string;
  readonly resource: string;
  /** In words. */
  readonly scopes: readonly string[];
  readonly minutesLeft: number;
}
export interface WaitingApproval extends ShownApproval {
  readonly href: string;
}
export interface ConfirmedApproval extends ShownApproval {
  readonly approvalId: string;
  /** Undefined when the agent acts for itself. */
  readonly inTheNameOf: string | undefined;
}

/** What waits for one person's answer, and what can be taken back still. */
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
${model.waiting.length === 0 ? html`<p>Nothing waits for you right now.</p>` : html`<div>${model.waiting.map(waiting)}</div>`}
${model.confirmed.length > 0 && html`<div>
<h2>Confirmed, and not used yet</h2>
<p>The agent has not come for it so far. Until then it can be taken back.</p>
</div>
<div>${model.confirmed.map((one, index) => confirmed(one, index, model))}</div>`}
</article>`,
});

const waiting = (one: WaitingApproval, index: number): Html => {
  const id = `waiting-${index}`;
  return entry(one, id, html`<a class="button slight" href="${localPath(one.href)}" aria-describedby="${id}">Look at it</a>`);
};

const confirmed = (one: ConfirmedApproval, index: number, { withdrawAction, csrf }: ApprovalsModel): Html => {
  const id = `confirmed-${index}`;
  return entry(one, id, html`<form method="post" action="${localPath(withdrawAction)}">
<input type="hidden" name="csrf" value="${csrf}">
<input type="hidden" name="approval_id" value="${one.approvalId}">
<button class="button slight" type="submit" aria-describedby="${id}">Take it back</button>
</form>`, one.inTheNameOf);
};

const entry = ({ agentName, resource, scopes, minutesLeft }: ShownApproval, id: string, action: Html, inTheNameOf?: string): Html => html`<section class="entry" aria-labelledby="${id}">
<div class="bar">
<div><h2 id="${id}"><bdi>${displayName(agentName)}</bdi></h2><p class="small">${minutesLeft} ${minutesLeft === 1 ? 'minute' : 'minutes'} left</p></div>
${action}
</div>
<dl class="facts">
<div><dt>Wants to use</dt><dd><bdi>${plainLine(resource, 80)}</bdi></dd></div>
${inTheNameOf !== undefined && html`<div><dt>In the name of</dt><dd><bdi>${plainLine(inTheNameOf, 120)}</bdi></dd></div>`}
<div><dt>To</dt><dd><ul class="items">${scopes.map((scope) => html`<li><bdi>${plainLine(scope, 300)}</bdi></li>`)}</ul></dd></div>
</dl>
</section>`;
