import { html } from './html.js';
import { isUnnamed, page, tenantLabel } from './layout.js';
import { webUrl } from './safe-url.js';

export interface HomeModel {
  readonly tenantName: string;
  readonly issuer: string;
  readonly links: readonly HomeLink[];
}

export interface HomeLink {
  readonly label: string;
  /** A path of this host or a web address; anything else throws. */
  readonly href: string;
  readonly note: string;
}

/** What stands at `/`: what this is, and where to go on, for people and for developers. */
export const homePage = ({ tenantName, issuer, links }: HomeModel): string => {
  const tenant = tenantLabel(tenantName);
  return page({
    title: tenant, tenantName, width: 'wide',
    body: html`<article class="card">
<div>
<h1>${isUnnamed(tenantName) ? 'The identity hub for AI agents' : html`<bdi>${tenant}</bdi>’s hub for AI agents`}</h1>
<p class="lead">This is where AI agents ask for access, where people decide what each of them may do, and where every decision is written down.</p>
</div>
${links.length > 0 && html`<ul class="ways">${links.map(({ label, href, note }) => html`
<li><a href="${webUrl(href)}">${label}</a><span>${note}</span></li>`)}
</ul>`}
</article>
<section class="card stack">
<div><h2>For developers</h2>
<p class="lead">Give this address to whatever asks for an issuer; everything else is discovered from it.</p></div>
<code class="address">${issuer}</code>
</section>`,
  });
};
