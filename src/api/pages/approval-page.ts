import { displayName, plainLine } from './display-name.js';
import { type FactorChoice, factorPrompt } from './factor-prompt.js';
import { type Html, html } from './html.js';
import { page } from './layout.js';
import { passkeyScriptTag } from './passkey-script.js';
import { localPath } from './safe-url.js';

export interface ApprovalModel {
  readonly tenantName: string;
  readonly csrf: string;
  readonly approvalId: string;
  readonly agent: { readonly name: string; readonly clientId: string; readonly owner: string };
  /** Of the person on whose authority it is; undefined when the agent acts for itself. */
  readonly inTheNameOf: string | undefined;
  readonly resource: { readonly name: string; readonly address: string };
  /** In words. */
  readonly scopes: readonly string[];
  /** What exactly, line by line. */
  readonly details: readonly (readonly [name: string, value: string])[];
  readonly bindingMessage: string;
  /** ISO 8601. */
  readonly askedAt: string;
  readonly until: string;
  /** The network that the agent asked from; undefined where that is not known. */
  readonly askedFrom: string | undefined;
  /** With what the person can answer; undefined when they have no factor that would do. */
  readonly choice: FactorChoice | undefined;
  readonly confirmAction: string;
  readonly denyAction: string;
  readonly securityHref: string;
  readonly error?: string | undefined;
}

/** More than details can have, with every character of them spelled out: what is not shown is not confirmed. */
const ALL = 50_000;
const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'medium', timeZone: 'UTC' });
const moment = (iso: string): Html => html`<time datetime="${iso}">${TIME.format(Date.parse(iso))} UTC</time>`;

/**
 * One action, as it is: who wants to do what, where, in whose name, since when and from where (SU-05). Posts `approval_id`, `number` and a factor to
 * `confirmAction`, or `approval_id` to `denyAction`. Send it with the script.
 */
export const approvalPage = (model: ApprovalModel): string => {
  const { agent, resource, scopes, details, bindingMessage, inTheNameOf, error } = model;
  return page({
    title: 'Confirm an action', tenantName: model.tenantName, width: 'wide', head: passkeyScriptTag,
    body: html`<article class="card">
<div>
<h1><bdi>${displayName(agent.name)}</bdi> asks for your confirmation</h1>
<p class="lead">It counts for exactly this, and once. If you have not started it, say no.</p>
</div>
${error !== undefined && html`<p class="note bad" role="alert">${plainLine(error, 300)}</p>`}
<dl class="facts">
<div><dt>Agent</dt><dd><bdi>${displayName(agent.name)}</bdi> <span class="small"><bdi>${plainLine(agent.clientId, 300)}</bdi></span></dd></div>
<div><dt>Answers for it</dt><dd><bdi>${plainLine(agent.owner, 120)}</bdi></dd></div>
<div><dt>In the name of</dt><dd><bdi>${inTheNameOf === undefined ? 'the agent itself' : plainLine(inTheNameOf, 120)}</bdi></dd></div>
<div><dt>Wants to use</dt><dd><bdi>${plainLine(resource.name, 80)}</bdi> <span class="small"><bdi>${plainLine(resource.address, 300)}</bdi></span></dd></div>
<div><dt>To</dt><dd><ul class="items">${scopes.map((scope) => html`<li><bdi>${plainLine(scope, 300)}</bdi></li>`)}</ul></dd></div>
${details.map(([name, value]) => html`<div><dt><bdi>${plainLine(name, ALL)}</bdi></dt><dd><strong><bdi>${plainLine(value, ALL)}</bdi></strong></dd></div>`)}
${bindingMessage !== '' && html`<div><dt>The agent says</dt><dd><bdi>${plainLine(bindingMessage, 200)}</bdi></dd></div>`}
<div><dt>Asked</dt><dd>${moment(model.askedAt)}</dd></div>
${model.askedFrom !== undefined && html`<div><dt>From the network</dt><dd><bdi>${plainLine(model.askedFrom, 80)}</bdi></dd></div>`}
<div><dt>Until</dt><dd>${moment(model.until)}</dd></div>
</dl>
${confirm(model)}
<form method="post" action="${localPath(model.denyAction)}">
<input type="hidden" name="csrf" value="${model.csrf}">
<input type="hidden" name="approval_id" value="${model.approvalId}">
<button class="button full" type="submit">No</button>
</form>
</article>`,
  });
};

const confirm = ({ choice, csrf, approvalId, confirmAction, securityHref }: ApprovalModel): Html => {
  if (!choice) return html`<p class="note">Only a passkey or an authenticator app confirms an action, and you have none yet. <a href="${localPath(securityHref)}">Set one up</a>, and come back.</p>`;
  const inside = html`<div class="field"><label>The number that the agent shows
<input class="input code" name="number" inputmode="numeric" autocomplete="off" pattern="[0-9]{2}" maxlength="2" required></label></div>`;
  return factorPrompt({ ...choice, action: confirmAction, csrf, fields: { approval_id: approvalId }, verb: 'Confirm', inside });
};
