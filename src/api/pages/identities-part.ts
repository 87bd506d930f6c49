import { plainLine } from './display-name.js';
import { type Html, html } from './html.js';
import { localPath } from './safe-url.js';

export interface ShownIdentities {
  readonly linked: readonly {
    readonly identity: string;
    readonly title: string;
    /** The account here came to be by it. */
    readonly isOwn: boolean;
  }[];
  readonly offered: readonly { readonly provider: string; readonly title: string }[];
}

export interface IdentitiesModel {
  readonly base: string;
  readonly csrf: string;
  readonly identities: ShownIdentities;
  /** False while the person has to confirm who they are before anything is changed. */
  readonly mayChange: boolean;
}

/** Accounts at identity providers that open this one. Posts `provider` to `identities/link`, `identity` to `identities/unlink`. */
export const identitiesPart = ({ base, csrf, identities: { linked, offered }, mayChange }: IdentitiesModel): Html | false => {
  if (linked.length === 0 && offered.length === 0) return false;
  const form = (path: string, name: string, value: string, button: Html): Html => html`<form method="post" action="${localPath(`${base}/identities/${path}`)}">
<input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="${name}" value="${value}">${button}</form>`;
  return html`<section class="card stack">
<div><h2>Identity providers</h2>
<p class="lead">Whoever signs in to one of these accounts comes into yours.</p></div>
<div>${linked.map(({ identity, title, isOwn }, n) => html`<section class="entry" aria-labelledby="identity-${n}"><div class="bar">
<div><h2 id="identity-${n}"><bdi>${plainLine(title, 80)}</bdi></h2><p class="small">${isOwn ? 'Your account here came to be by it' : 'You linked it'}</p></div>
${!isOwn && mayChange && form('unlink', 'identity', identity, html`<button class="button slight" type="submit" aria-describedby="identity-${n}">Take off</button>`)}
</div></section>`)}
${mayChange && offered.map(({ provider, title }) => html`<section class="entry"><div class="bar"><p>Sign in with <bdi>${plainLine(title, 80)}</bdi> too</p>
${form('link', 'provider', provider, html`<button class="button slight" type="submit">Link</button>`)}</div></section>`)}</div>
</section>`;
};
