import { displayName } from './display-name.js';
import { html } from './html.js';
import { page, tenantLabel } from './layout.js';
import { localPath } from './safe-url.js';

export interface SignInModel {
  readonly tenantName: string;
  /** What the tenant's paths begin with: empty, or `/t/acme`. */
  readonly basePath?: string | undefined;
  /** What goes on after the sign-in; null when the person came by themselves. */
  readonly transactionId: string | null;
  readonly csrf: string;
  /** The agent that sent the person here. */
  readonly clientName?: string | undefined;
  /** What was typed before. */
  readonly email?: string | undefined;
  readonly error?: string | undefined;
}

/** POST /sign-in with `email`, `password`, `csrf` and, when something waits for it, `transaction`. */
export const signInPage = (model: SignInModel): string => {
  const { tenantName, basePath = '', transactionId, csrf, email = '', error } = model;
  const tenant = tenantLabel(tenantName);
  const wrong = error !== undefined && html` aria-invalid="true" aria-describedby="error"`;
  const focus = html` autofocus`;
  return page({
    title: error === undefined ? 'Sign in' : 'Not signed in', tenantName,
    body: html`<article class="card">
<div>
<h1>Sign in to <bdi>${tenant}</bdi></h1>
<p class="lead">${reason(model)}</p>
</div>
${error !== undefined && html`<p class="note bad" role="alert" id="error">${error}</p>`}
<form method="post" action="${localPath(`${basePath}/sign-in`)}" class="stack">
<input type="hidden" name="csrf" value="${csrf}">
${transactionId !== null && html`<input type="hidden" name="transaction" value="${transactionId}">`}
<div>
<div class="field"><label for="email">Email</label>
<input class="input" id="email" name="email" type="email" value="${email}" autocomplete="username" autocapitalize="none" spellcheck="false" required${wrong}${email === '' && focus}></div>
<div class="field"><label for="password">Password</label>
<input class="input" id="password" name="password" type="password" autocomplete="current-password" required${wrong}${email !== '' && focus}></div>
</div>
<button class="button main full" type="submit">Sign in</button>
</form>
</article>`,
  });
};

const reason = ({ clientName, transactionId }: SignInModel) => {
  if (clientName !== undefined) return html`<bdi>${displayName(clientName)}</bdi> asks to act for you. After you sign in, you decide what it may do. It does not see your password.`;
  return transactionId === null ? 'See which agents act for you, and take back what you no longer want.' : 'After you sign in, you decide what the app that sent you here may do.';
};
