import { displayName } from './display-name.js';
import { html } from './html.js';
import { page } from './layout.js';
import { redirectUrl } from './safe-url.js';

export interface SubmittedModel {
  readonly tenantName: string;
  readonly agentName: string;
  readonly allowed: boolean;
  /** The redirect URI with the whole answer in its query. */
  readonly url: string;
}

/** Opens the app that waits for the answer, for browsers that don't follow a redirect to an app's own scheme. */
export const submittedPage = ({ tenantName, agentName, allowed, url }: SubmittedModel): string => {
  const target = redirectUrl(url);
  const name = displayName(agentName);
  return page({
    title: 'Go back to the app', tenantName,
    head: html`<meta http-equiv="refresh" content="0;url=${target}">`,
    body: html`<article class="card">
<div>
<h1>Go back to <bdi>${name}</bdi></h1>
<p class="lead">${allowed ? 'You allowed the access.' : 'You did not allow the access.'} Your browser may ask whether it should open the app.</p>
</div>
<p><a class="button main full" href="${target}"><span>Open <bdi>${name}</bdi></span></a></p>
<p class="small">When the app is open you can close this page.</p>
</article>`,
  });
};
