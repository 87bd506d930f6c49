import { plainLine } from './display-name.js';
import { passkeyForm } from './factor-prompt.js';
import { type Hole, type Html, html } from './html.js';
import { type ShownIdentities, identitiesPart } from './identities-part.js';
import { page } from './layout.js';
import { type OwnPage, day, tabs, whoIsHere } from './my-parts.js';
import { passkeyScriptTag } from './passkey-script.js';
import { localPath } from './safe-url.js';

export interface ShownFactor {
  readonly factorId: string;
  readonly kind: 'passkey' | 'totp';
  readonly label: string;
  /** ISO 8601. */
  readonly since: string;
  readonly lastUsed?: string | undefined;
  readonly isDistrusted: boolean;
}
export interface ShownSession {
  readonly digest: string;
  /** Words about the browser. */
  readonly device: string;
  readonly network: string;
  readonly since: string;
  readonly isThisOne: boolean;
}

export interface SecurityModel extends OwnPage {
  /** Path of this page; what it posts to begins with it. */
  readonly base: string;
  readonly factors: readonly ShownFactor[];
  readonly codesLeft: number;
  /** What makes a passkey; undefined while the person has to confirm who they are before anything is changed. */
  readonly newPasskey?: { readonly options: string; readonly ticket: string; readonly label: string } | undefined;
  readonly hasPassword: boolean;
  readonly sessions: readonly ShownSession[];
  readonly identities?: ShownIdentities | undefined;
  readonly notice?: string | undefined;
  readonly error?: string | undefined;
}

/** How a person proves who they are, and where they are signed in. Send it with `sendPageWithScript`. */
export const securityPage = (model: SecurityModel): string => page({
  title: 'Security', tenantName: model.tenantName, width: 'wide', head: passkeyScriptTag,
  body: html`<article class="card">
${tabs(model, 'security')}
<div>
<h1>How you sign in</h1>
<p class="lead">With a passkey or an authenticator app nobody gets in who only knows your password.</p>
</div>
${whoIsHere(model)}
${model.notice !== undefined && html`<p class="note good" role="status">${plainLine(model.notice, 300)}</p>`}
${model.error !== undefined && html`<p class="note bad" role="alert">${plainLine(model.error, 300)}</p>`}
${factorsPart(model)}
</article>
${model.hasPassword && model.newPasskey && passwordPart(model)}
${model.identities && identitiesPart({ ...model, identities: model.identities, mayChange: model.newPasskey !== undefined })}
${sessionsPart(model)}`,
});

const form = ({ base, csrf }: SecurityModel, path: string, body: Hole, className = ''): Html =>
  html`<form method="post" action="${localPath(`${base}/${path}`)}" class="${className}"><input type="hidden" name="csrf" value="${csrf}">${body}</form>`;

const factorsPart = (model: SecurityModel): Html => {
  const { factors, newPasskey, base, codesLeft } = model;
  return html`${factors.length === 0 && html`<p>You have no second factor yet.</p>`}
<div>${factors.map((factor, n) => entry(factor, n, model))}
${factors.length > 0 && html`<section class="entry" aria-labelledby="codes"><div class="bar"><div><h2 id="codes">Recovery codes</h2>
<p class="small">${codesLeft} left. Each lets you in once when you have nothing else at hand.</p></div>
${newPasskey && form(model, 'recovery-codes', html`<button class="button slight" type="submit">Make new ones</button>`)}</div></section>`}
${newPasskey
  ? html`<section class="entry adding">
<div><h2>Add a passkey</h2><p class="small">Your device, phone or security key confirms that it is you. It works at this address only, so no false page can ask for it.</p>
${passkeyForm({ action: `${base}/passkey`, csrf: model.csrf }, {
  kind: 'create', ...newPasskey, label: 'Add a passkey', main: factors.length === 0,
  before: html`<div class="field"><label for="label">Name</label><input class="input" id="label" name="label" value="${newPasskey.label}" maxlength="60" required></div>`,
})}</div>
<div><h2>Add an authenticator app</h2><p class="small">An app on your phone shows a new code every thirty seconds.</p>
<p><a class="button full" href="${localPath(`${base}/app`)}">Add an app</a></p></div>
</section>`
  : html`<section class="entry"><div class="bar"><p>To change anything here, confirm once more that it is you.</p>
<a class="button main slight" href="${localPath(`${base}/unlock`)}">Confirm</a></div></section>`}</div>`;
};

const KIND = { passkey: 'Passkey', totp: 'Authenticator app' } as const;

const entry = ({ factorId, kind, label, since, lastUsed, isDistrusted }: ShownFactor, n: number, model: SecurityModel): Html => {
  const id = `factor-${n}`;
  const hidden = html`<input type="hidden" name="factor_id" value="${factorId}">`;
  const isLast = model.factors.length === 1;
  const lastUse = lastUsed === undefined ? 'never used' : html`last used ${day(lastUsed)}`;
  return html`<section class="entry" aria-labelledby="${id}">
<div class="bar"><div><h2 id="${id}"><bdi>${plainLine(label, 60)}</bdi></h2>
<p class="small">${KIND[kind]}, added ${day(since)}, ${lastUse}</p></div>
${isDistrusted && html`<span class="tag">Not trusted</span>`}</div>
${isDistrusted && html`<p class="note bad">A copy of this passkey is in use somewhere, so it opens nothing any more. Remove it and add another.</p>`}
${model.newPasskey && html`<details><summary aria-describedby="${id}">Rename or remove</summary><div class="stack">
${form(model, 'rename', html`${hidden}<label class="grow">New name <input class="input" name="label" value="${label}" maxlength="60" required></label><button class="button" type="submit">Rename</button>`, 'row')}
${form(model, 'remove', html`${hidden}${isLast && html`<label class="grow">A recovery code, since this is your last factor <input class="input code" name="code" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="40" required></label>`}<button class="button" type="submit" aria-describedby="${id}">Remove</button>`, 'row')}
</div></details>`}
</section>`;
};

const passwordPart = (model: SecurityModel): Html => html`<section class="card stack">
<div><h2>Change your password</h2>
<p class="lead">It ends every other session, and what agents may do in your name until you allow it again.</p></div>
${form(model, 'password', html`<div class="field"><label for="current">Present password</label>
<input class="input" id="current" name="current" type="password" autocomplete="current-password" required></div>
<div class="field"><label for="password">New password, 12 characters or more</label>
<input class="input" id="password" name="password" type="password" autocomplete="new-password" minlength="12" required></div>
<button class="button" type="submit">Change the password</button>`, 'stack')}
</section>`;

const sessionsPart = (model: SecurityModel): Html => html`<section class="card stack">
<div><h2>Where you are signed in</h2></div>
<div>${model.sessions.map(({ digest, device, network, since, isThisOne }, n) => html`<section class="entry" aria-labelledby="session-${n}"><div class="bar">
<div><h2 id="session-${n}">${plainLine(device, 60)}</h2><p class="small">${isThisOne ? 'This browser, ' : ''}since ${day(since)}${network !== '' && html`, from ${plainLine(network, 80)}`}</p></div>
${!isThisOne && form(model, 'sign-out', html`<input type="hidden" name="session" value="${digest}"><button class="button slight" type="submit" aria-describedby="session-${n}">Sign out</button>`)}
</div></section>`)}</div>
${form(model, 'sign-out-others', html`<button class="button" type="submit">Sign out everywhere else</button>`)}
</section>`;
