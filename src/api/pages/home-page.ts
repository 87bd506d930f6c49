import { plainLine } from './display-name.js';
import { html } from './html.js';
import { isUnnamed, page, tenantLabel } from './layout.js';
import { webUrl } from './safe-url.js';

export interface HomeModel {
  readonly tenantName: string;
  readonly issuer: string;
  readonly links: readonly HomeLink[];
  /** Address of an MCP server that is there to be tried. */
  readonly sampleServer?: string | undefined;
}

export interface HomeLink {
  readonly label: string;
  /** A path of this host or a web address; anything else throws. */
  readonly href: string;
  readonly note: string;
}

/** What stands at `/`: what this is, and where to go on, for people and for developers. */
export const homePage = ({ tenantName, issuer, links, sampleServer }: HomeModel): string => {
  const tenant = tenantLabel(tenantName);
  return page({
    title: tenant, tenantName, width: 'wide',
    body: html`<article class="card">
<div>
<h1>${isUnnamed(tenantName) ? 'The identity hub for AI agents' : html`<bdi>${tenant}</bdi>’s hub for AI agents`}</h1>
<p class="lead">This is where AI agents ask for access, where people decide what each of them may do, and where every decision is written down.</p>
</div>
${links.length > 0 && html`<ul class="ways">${links.map(({ label, href, note }) => html`
<li><a href="${webUrl(href)}">${plainLine(label, 80)}</a><span>${plainLine(note, 300)}</span></li>`)}
</ul>`}
</article>
${sampleServer !== undefined && html`<section class="card stack">
<div><h2>Try it with an MCP client</h2>
<p class="lead">Add this server to your client. It finds its way here by itself, and you are asked what it may do.</p></div>
<code class="address">${plainLine(sampleServer, 2048)}</code>
</section>`}
<section class="card stack">
<div><h2>For developers</h2>
<p class="lead">Give this address to whatever asks for an issuer; everything else is discovered from it.</p></div>
<code class="address">${plainLine(issuer, 2048)}</code>
</section>`,
  });
};
