import { plainLine } from './display-name.js';
import { type Html, html } from './html.js';
import { page } from './layout.js';
import { localPath } from './safe-url.js';

export interface AppModel {
  readonly tenantName: string;
  readonly csrf: string;
  /** Sealed: the secret that this page shows. */
  readonly transaction: string;
  readonly action: string;
  readonly backHref: string;
  /** In base32. */
  readonly secret: string;
  /** Dark and light squares of the QR code, row by row. */
  readonly squares: readonly (readonly boolean[])[];
  readonly label: string;
  readonly error?: string | undefined;
}

/** The secret for an authenticator app, once, and the first code that it makes of it. */
export const appPage = (model: AppModel): string => page({
  title: 'Add an authenticator app', tenantName: model.tenantName,
  body: html`<article class="card">
<div>
<h1>Add an authenticator app</h1>
<p class="lead">Scan this with the app, then give the code that it shows.</p>
</div>
${model.error !== undefined && html`<p class="note bad" role="alert">${plainLine(model.error, 300)}</p>`}
${picture(model.squares)}
<details><summary>I can’t scan it</summary><p class="small">Type this key into the app instead (time-based, six digits):</p>
<code class="address">${model.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code></details>
<form method="post" action="${localPath(model.action)}" class="stack" autocomplete="off">
<input type="hidden" name="csrf" value="${model.csrf}">
<input type="hidden" name="transaction" value="${model.transaction}">
<div>
<div class="field"><label for="code">Code that the app shows</label>
<input class="input code" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]*" maxlength="7" required autofocus></div>
<div class="field"><label for="label">Name</label>
<input class="input" id="label" name="label" value="${model.label}" maxlength="60" required></div>
</div>
<button class="button main full" type="submit">Add the app</button>
</form>
<p><a href="${localPath(model.backHref)}">Back without adding it</a></p>
</article>`,
});

/** Always dark on light, with the four light squares around it that readers need. */
const picture = (squares: AppModel['squares']): Html => {
  const size = squares.length + 8;
  const path = squares.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x + 4} ${y + 4}h1v1h-1z`] : []))).join('');
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="QR code with the key for your app" shape-rendering="crispEdges">
<rect width="${size}" height="${size}" fill="#fff"/><path d="${path}" fill="#000"/></svg>`;
};
