import { displayName, plainLine } from './display-name.js';
import { html } from './html.js';
import { passkeyForm } from './factor-prompt.js';
import { page, tenantLabel } from './layout.js';
import { passkeyScriptTag } from './passkey-script.js';
import { localPath } from './safe-url.js';

export interface SignInModel {
  readonly tenantName: string;
  /** Sealed; what goes on after the sign-in. */
  readonly transaction: string;
  readonly csrf: string;
  /** Path that takes the form. */
  readonly action: string;
  /** The agent that sent the person here, and its host. */
  readonly clientName?: string | undefined;
  readonly clientHost?: string | undefined;
  /** True when it wants nothing but to know who the person is. */
  readonly isAboutPerson?: boolean | undefined;
  /** What was typed before. */
  readonly email?: string | undefined;
  /** The way in with a passkey. */
  readonly passkey?: { readonly action: string; readonly options: string; readonly ticket: string } | undefined;
  readonly error?: string | undefined;
  /** Identity providers, and the paths that lead to them. */
  readonly providers?: readonly { readonly title: string; readonly action: string }[] | undefined;
  /** False where people have no local accounts to sign in with. */
  readonly local?: boolean | undefined;
  /** Path of the form for local accounts all the same. */
  readonly emergencyHref?: string | undefined;
}

/** Posts `email`, `password`, `csrf` and `transaction` to `action`. */
export const signInPage = (model: SignInModel): string => {
  const { tenantName, error, providers = [], local = true, emergencyHref } = model;
  const forms = localForms(model);
  const tenant = tenantLabel(tenantName);
  return page({
    title: error === undefined ? 'Sign in' : 'Not signed in', tenantName, head: model.passkey && passkeyScriptTag,
    body: html`<article class="card">
<div>
<h1>Sign in to <bdi>${tenant}</bdi></h1>
<p class="lead">${reason(model)}</p>
</div>
${error !== undefined && html`<p class="note bad" role="alert" id="error">${plainLine(error, 300)}</p>`}
${providers.map((one) => providerForm(model, one))}
${providers.length > 0 && local && html`<p class="or">or</p>`}
${local && forms}
${!local && emergencyHref !== undefined && html`<p class="small">For administrators, when nothing else works: <a href="${localPath(emergencyHref)}">sign in with a local account</a>.</p>`}
</article>`,
  });
};

const carried = ({ csrf, transaction }: SignInModel) => html`<input type="hidden" name="csrf" value="${csrf}">
<input type="hidden" name="transaction" value="${transaction}">`;

const providerForm = (model: SignInModel, { title, action }: NonNullable<SignInModel['providers']>[number]) => html`<form method="post" action="${localPath(action)}" class="stack">
${carried(model)}
<button class="button full${model.local === false ? ' main' : ''}" type="submit"><span>Continue with <bdi>${plainLine(title, 80)}</bdi></span></button>
</form>`;

const localForms = (model: SignInModel) => {
  const { action, error, passkey, csrf, transaction, providers = [] } = model;
  const email = plainLine(model.email ?? '', 254);
  const wrong = error !== undefined && html` aria-invalid="true" aria-describedby="error"`;
  const focus = providers.length === 0 && html` autofocus`;
  return html`<form method="post" action="${localPath(action)}" class="stack">
${carried(model)}
<div>
<div class="field"><label for="email">Email</label>
<input class="input" id="email" name="email" type="email" value="${email}" autocomplete="username" autocapitalize="none" spellcheck="false" required${wrong}${email === '' && focus}></div>
<div class="field"><label for="password">Password</label>
<input class="input" id="password" name="password" type="password" autocomplete="current-password" required${wrong}${email !== '' && focus}></div>
</div>
<button class="button main full" type="submit">Sign in</button>
</form>
${passkey && passkeyForm({ action: passkey.action, csrf, fields: { transaction } }, { kind: 'get', ...passkey, label: 'Sign in with a passkey' })}`;
};

const reason = ({ clientName, clientHost, isAboutPerson }: SignInModel) => {
  if (clientName === undefined) return 'See which agents act for you, and take back what you no longer want.';
  const host = clientHost !== undefined && html` (<bdi>${plainLine(clientHost, 255)}</bdi>)`;
  const asks = isAboutPerson ? 'wants to know who you are. After you sign in, you decide what it learns.' : 'asks to act for you. After you sign in, you decide what it may do.';
  return html`<bdi>${displayName(clientName)}</bdi>${host} ${asks} It does not see your password.`;
};
