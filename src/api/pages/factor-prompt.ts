import { plainLine } from './display-name.js';
import { type Html, html } from './html.js';
import { localPath } from './safe-url.js';

/** With what a person can answer. */
export interface FactorChoice {
  /** What the browser is called with (JSON), and the ticket that comes back with the answer. */
  readonly passkey?: { readonly options: string; readonly ticket: string } | undefined;
  readonly totp: boolean;
  readonly recovery: boolean;
}

export interface FactorPromptModel extends FactorChoice {
  /** Path that takes each of the forms. */
  readonly action: string;
  readonly csrf: string;
  /** More hidden members of each form. */
  readonly fields?: Readonly<Record<string, string>>;
  /** What stands on the buttons: "Confirm", "Sign in". */
  readonly verb: string;
  /** More to fill in, in each form. Without ids, for there may be several. */
  readonly inside?: Html | undefined;
}

const hidden = (fields: Readonly<Record<string, string>>): readonly Html[] =>
  Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);

/**
 * The ways to show a factor, one form each. Posts `csrf`, the `fields`, and `factor` (passkey, totp or recovery) with `ticket` and
 * `answer`, or with `code`. The passkey's button appears where the script runs; everything else works without it.
 */
export const factorPrompt = (model: FactorPromptModel): Html => {
  const { passkey, totp, recovery, inside } = model;
  const verb = plainLine(model.verb, 40);
  const form = (factor: string, body: Html): Html => html`<form method="post" action="${localPath(model.action)}" class="stack" autocomplete="off">
${hidden({ csrf: model.csrf, ...model.fields, factor })}${inside}
${body}
</form>`;
  return html`${passkey && passkeyForm(model, { kind: 'get', ...passkey, label: `${verb} with a passkey`, main: true })}
${passkey && totp && html`<p class="or">or</p>`}
${totp && form('totp', html`<div class="field"><label for="code">Code from your authenticator app</label>
<input class="input code" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]*" maxlength="7" required${!passkey && html` autofocus`}></div>
<button class="button full${passkey ? '' : ' main'}" type="submit">${verb} with the code</button>`)}
${recovery && html`<details><summary>I can’t use any of these</summary>
${form('recovery', html`<div class="field"><label for="recovery">One of your recovery codes</label>
<input class="input code" id="recovery" name="code" autocapitalize="none" spellcheck="false" maxlength="40" required></div>
<button class="button full" type="submit">${verb} with the recovery code</button>`)}
</details>`}`;
};

export interface PasskeyFormModel {
  readonly kind: 'get' | 'create';
  readonly options: string;
  readonly ticket: string;
  readonly label: string;
  readonly main?: boolean;
  /** Stands before the button. */
  readonly before?: Html;
}

/** A form that the script sends when the passkey has answered. */
export const passkeyForm = (
  { action, csrf, fields, inside }: Pick<FactorPromptModel, 'action' | 'csrf' | 'fields' | 'inside'>, { kind, options, ticket, label, main, before }: PasskeyFormModel,
): Html => html`<form method="post" action="${localPath(action)}" class="stack" data-passkey="${kind}" data-options="${options}">
${hidden({ csrf, ...fields, factor: 'passkey', ticket, answer: '' })}${inside}${before}
<button class="button full${main ? ' main' : ''}" type="submit" hidden>${plainLine(label, 60)}</button>
<p class="note bad" role="alert" hidden></p>
<noscript><p class="small">Passkeys need JavaScript, which is off in this browser.</p></noscript>
</form>`;
