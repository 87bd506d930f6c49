import { html } from './html.js';
import { page, tenantLabel } from './layout.js';
import { localPath } from './safe-url.js';

export interface SignedOutModel {
  readonly tenantName: string;
  readonly basePath?: string | undefined;
}

export const signedOutPage = ({ tenantName, basePath = '' }: SignedOutModel): string => page({
  title: 'Signed out', tenantName,
  body: html`<article class="card">
<div>
<h1>You are signed out</h1>
<p class="lead">Nobody can use <bdi>${tenantLabel(tenantName)}</bdi> in your name from this browser until you sign in again.</p>
</div>
<p>Agents that you allowed before keep their access. You can take it back after signing in, under “My agents”.</p>
<p><a class="button" href="${localPath(`${basePath}/my/agents`)}">Sign in again</a></p>
</article>`,
});
