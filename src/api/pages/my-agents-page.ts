import { displayName, plainLine } from './display-name.js';
import { type Html, html } from './html.js';
import { page } from './layout.js';
import { type OwnPage, day, tabs, whoIsHere } from './my-parts.js';
import { localPath } from './safe-url.js';

export interface MyAgentsModel extends OwnPage {
  /** Path that takes back one grant. */
  readonly action: string;
  readonly agents: readonly MyAgent[];
  /** What has just been done, in a sentence. */
  readonly notice?: string | undefined;
}

/** One grant: an agent, what it may use in the person's name, and since when. */
export interface MyAgent {
  readonly name: string;
  readonly clientHost: string;
  /** By name. */
  readonly resource: string;
  /** In words; the technical name where there are none. */
  readonly scopes: readonly string[];
  /** ISO 8601. */
  readonly since: string;
  /** ISO 8601; when it last got access, if it is known. */
  readonly lastUsed?: string | undefined;
  readonly grantId: string;
}

/** Posts to `action`: `grant_id` and `csrf`, from one form for each grant. */
export const myAgentsPage = (model: MyAgentsModel): string => {
  const { tenantName, agents, notice } = model;
  return page({
    title: 'My agents', tenantName, width: 'wide',
    body: html`<article class="card">
${tabs(model, 'agents')}
<div>
<h1>Agents that act for you</h1>
<p class="lead">Each of them may do what is listed here in your name. When you take access back it ends at once; the agent can ask you again.</p>
</div>
${whoIsHere(model)}
${notice !== undefined && html`<p class="note good" role="status">${plainLine(notice, 300)}</p>`}
${agents.length === 0
  ? html`<p>No agent can act for you right now. When one asks, you decide what it may do, and it appears here.</p>`
  : html`<div>${agents.map((agent, index) => entry(agent, index, model))}</div>`}
</article>`,
  });
};

const entry = (agent: MyAgent, index: number, { action, csrf }: MyAgentsModel): Html => {
  const id = `agent-${index}`;
  return html`<section class="entry" aria-labelledby="${id}">
<div class="bar">
<div><h2 id="${id}"><bdi>${displayName(agent.name)}</bdi></h2><p class="small"><bdi>${plainLine(agent.clientHost, 255)}</bdi></p></div>
<form method="post" action="${localPath(action)}">
<input type="hidden" name="csrf" value="${csrf}">
<input type="hidden" name="grant_id" value="${agent.grantId}">
<button class="button slight" type="submit" aria-describedby="${id}">Take back access</button>
</form>
</div>
<dl class="facts">
<div><dt>May use</dt><dd><bdi>${plainLine(agent.resource, 80)}</bdi></dd></div>
<div><dt>May do</dt><dd><ul class="items">${agent.scopes.map((scope) => html`<li><bdi>${plainLine(scope, 300)}</bdi></li>`)}</ul></dd></div>
<div><dt>Allowed on</dt><dd>${day(agent.since)}</dd></div>
${agent.lastUsed !== undefined && html`<div><dt>Last got access</dt><dd>${day(agent.lastUsed)}</dd></div>`}
</dl>
</section>`;
};
