import type { Facts, Sentence } from './consent-text.js';
import { plainLine } from './display-name.js';
import { type Html, html } from './html.js';
import { localPath } from './safe-url.js';

/** A sentence of the agreed text; what is not ours can't change how the rest of it reads. */
export const said = (sentence: Sentence): Html =>
  html`<span class="said">${sentence.map((piece) => (typeof piece === 'string' ? piece : html`<bdi>${piece.theirs}</bdi>`))}</span>`;

/** Who decides, and the way for somebody else to. Posts `csrf` and `transaction` to `switchAction`. */
export const switchUser = ({ switchAction, user }: { readonly switchAction: string; readonly user: { readonly name: string; readonly email: string } }, carried: Html): Html => html`<form method="post" action="${localPath(switchAction)}" class="account bar">
${carried}
<p>You are <strong><bdi>${plainLine(user.name, 80) || plainLine(user.email, 254)}</bdi></strong> <span class="small"><bdi>${plainLine(user.email, 254)}</bdi></span></p>
<button class="link" type="submit">Not you? Switch user</button>
</form>`;

/** Who, what, where to. */
export const facts = ({ term, fact, more }: Facts): Html => html`<div><dt>${said(term)}</dt>
<dd class="host">${said(fact)}</dd>
<dd class="small">${more.map((sentence) => html`${said(sentence)} `)}</dd></div>
`;
