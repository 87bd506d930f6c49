import { plainLine } from './display-name.js';
import { type Html, html } from './html.js';
import { page } from './layout.js';
import { type OwnPage, day, tabs, whoIsHere } from './my-parts.js';
import { localPath } from './safe-url.js';

export interface MyConnectionsModel extends OwnPage {
  /** Path that disconnects one. */
  readonly action: string;
  readonly services: readonly MyConnection[];
  /** What has just been done, in a sentence. */
  readonly notice?: string | undefined;
}

/** One service, and whether the person has connected it. */
export interface MyConnection {
  readonly title: string;
  readonly host: string;
  readonly status: 'connected' | 'needs_reauth' | 'distrusted' | 'none';
  /** In words. */
  readonly scopes: readonly string[];
  /** ISO 8601. */
  readonly since?: string | undefined;
  readonly lastUsed?: string | undefined;
  /** Path on which it is connected, or connected again; none while it works. */
  readonly connectHref?: string | undefined;
  readonly credentialId?: string | undefined;
}

/** Posts to `action`: `credential_id` and `csrf`, from one form for each connected service. */
export const myConnectionsPage = (model: MyConnectionsModel): string => {
  const { tenantName, services, notice } = model;
  return page({
    title: 'My connections', tenantName, width: 'wide',
    body: html`<article class="card">
${tabs(model, 'connections')}
<div>
<h1>Services that you have connected</h1>
<p class="lead">The hub keeps the access for you. Agents get to use it only as far as you and the policies here allow; each time is recorded.</p>
</div>
${whoIsHere(model)}
${notice !== undefined && html`<p class="note good" role="status">${plainLine(notice, 300)}</p>`}
${services.length === 0
  ? html`<p>There are no services to connect here yet. An administrator adds them.</p>`
  : html`<div>${services.map((service, index) => entry(service, index, model))}</div>`}
</article>`,
  });
};

const SAYS: Readonly<Record<MyConnection['status'], string>> = {
  connected: 'Connected', needs_reauth: 'Has to be connected again', distrusted: 'Stopped: an administrator has to look into it', none: 'Not connected',
};

const entry = (service: MyConnection, index: number, { action, csrf }: MyConnectionsModel): Html => {
  const { title, host, status, scopes, since, lastUsed, connectHref, credentialId } = service;
  const id = `service-${index}`;
  return html`<section class="entry" aria-labelledby="${id}">
<div class="bar">
<div><h2 id="${id}"><bdi>${plainLine(title, 80)}</bdi></h2><p class="small"><bdi>${plainLine(host, 255)}</bdi></p></div>
<div class="actions">
${connectHref !== undefined && html`<a class="button slight" href="${localPath(connectHref)}" aria-describedby="${id}">${status === 'none' ? 'Connect' : 'Connect again'}</a>`}
${credentialId !== undefined && html`<form method="post" action="${localPath(action)}">
<input type="hidden" name="csrf" value="${csrf}">
<input type="hidden" name="credential_id" value="${credentialId}">
<button class="button slight" type="submit" aria-describedby="${id}">Disconnect</button>
</form>`}
</div>
</div>
<dl class="facts">
<div><dt>State</dt><dd>${status === 'connected' || status === 'none' ? SAYS[status] : html`<strong>${SAYS[status]}</strong>`}</dd></div>
${scopes.length > 0 && html`<div><dt>${status === 'none' ? 'Offers' : 'Can do'}</dt><dd><ul class="items">${scopes.map((scope) => html`<li><bdi>${plainLine(scope, 300)}</bdi></li>`)}</ul></dd></div>`}
${since !== undefined && html`<div><dt>Connected on</dt><dd>${day(since)}</dd></div>`}
${lastUsed !== undefined && html`<div><dt>Last used by an agent</dt><dd>${day(lastUsed)}</dd></div>`}
</dl>
</section>`;
};
