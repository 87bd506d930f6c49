import { html } from './html.js';
import { page, tenantLabel } from './layout.js';

export interface SignedOutModel {
  readonly tenantName: string;
}

/** The answer to `/sign-out`, of which `sign-in` is the neighbour whatever the tenant's paths begin with. */
export const signedOutPage = ({ tenantName }: SignedOutModel): string => page({
  title: 'Signed out', tenantName,
  body: html`<article class="card">
<div>
<h1>You are signed out</h1>
<p class="lead">Nobody can use <bdi>${tenantLabel(tenantName)}</bdi> in your name from this browser until you sign in again.</p>
</div>
<p>Agents that you allowed before keep their access. You can take it back after signing in, under “My agents”.</p>
<p><a class="button" href="sign-in">Sign in again</a></p>
</article>`,
});
