import { html } from './html.js';
import { page } from './layout.js';
import { localPath } from './safe-url.js';

export interface RecoveryCodesModel {
  readonly tenantName: string;
  readonly codes: readonly string[];
  readonly backHref: string;
}

/** Recovery codes, this once. */
export const recoveryCodesPage = ({ tenantName, codes, backHref }: RecoveryCodesModel): string => page({
  title: 'Your recovery codes', tenantName,
  body: html`<article class="card">
<div>
<h1>Your recovery codes</h1>
<p class="lead">Keep them where you keep what matters, not on the device that they stand in for. Each works once. They are shown only now; older ones are void.</p>
</div>
<ol class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
<p><a class="button main full" href="${localPath(backHref)}">I have kept them</a></p>
</article>`,
});
