import { plainLine } from './display-name.js';
import { type FactorPromptModel, factorPrompt } from './factor-prompt.js';
import { type Html, html } from './html.js';
import { page } from './layout.js';
import { passkeyScriptTag } from './passkey-script.js';
import { localPath } from './safe-url.js';

export interface ConfirmModel {
  readonly tenantName: string;
  readonly title: string;
  readonly lead: string;
  /** The ways to answer; undefined when the person has none that would do. */
  readonly prompt: FactorPromptModel | undefined;
  /** Where a factor is set up, and where it goes on then. */
  readonly setUp?: { readonly href: string; readonly nextHref: string } | undefined;
  /** Path that gives up and signs out, and the token of its form. */
  readonly giveUp?: { readonly action: string; readonly csrf: string; readonly transaction: string } | undefined;
  readonly error?: string | undefined;
}

/** Asks a person for one factor more. Send it with `sendPageWithScript`. */
export const confirmPage = ({ tenantName, title, lead, prompt, setUp, giveUp, error }: ConfirmModel): string =>
  page({
    title: plainLine(title, 80), tenantName, head: passkeyScriptTag,
    body: html`<article class="card">
<div>
<h1>${plainLine(title, 80)}</h1>
<p class="lead">${plainLine(lead, 300)}</p>
</div>
${error !== undefined && html`<p class="note bad" role="alert">${plainLine(error, 300)}</p>`}
${prompt && factorPrompt(prompt)}
${setUp && howToSetUp(setUp)}
${giveUp && html`<form method="post" action="${localPath(giveUp.action)}">
<input type="hidden" name="csrf" value="${giveUp.csrf}">
<input type="hidden" name="transaction" value="${giveUp.transaction}">
<button class="link" type="submit">Use another account</button>
</form>`}
</article>`,
  });

const howToSetUp = ({ href, nextHref }: { readonly href: string; readonly nextHref: string }): Html => html`<div class="actions">
<a class="button main" href="${localPath(href)}">Set it up</a>
<a class="button" href="${localPath(nextHref)}">I have set it up: go on</a>
</div>`;
