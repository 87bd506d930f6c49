import { plainLine } from './display-name.js';
import { html } from './html.js';
import { page, tenantLabel } from './layout.js';
import { webUrl } from './safe-url.js';

export interface SignedOutModel {
  readonly tenantName: string;
  /** The identity provider that the person is still signed in at, and the way out there. */
  readonly there?: { readonly title: string; readonly url: string } | undefined;
}

/** The answer to `/sign-out`, of which `sign-in` is the neighbour whatever the tenant's paths begin with. */
export const signedOutPage = ({ tenantName, there }: SignedOutModel): string => page({
  title: 'Signed out', tenantName,
  body: html`<article class="card">
<div>
<h1>You are signed out</h1>
<p class="lead">Nobody can use <bdi>${tenantLabel(tenantName)}</bdi> in your name from this browser until you sign in again.</p>
</div>
<p>Agents that you allowed before keep their access. You can take it back after signing in, under “My agents”.</p>
${there && html`<p class="note">You are still signed in at <bdi>${plainLine(there.title, 80)}</bdi>: on this browser anybody could come back in with it. <a href="${webUrl(there.url)}">Sign out there too</a>.</p>`}
<p><a class="button" href="sign-in">Sign in again</a></p>
</article>`,
});
