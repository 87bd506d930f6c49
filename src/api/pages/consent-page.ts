import { type ConsentModel, type ConsentScope, staysOnDevice } from './consent-model.js';
import { facts, said, switchUser } from './consent-parts.js';
import { type ConsentWords, type ScopeWords, consentWords, plain } from './consent-text.js';
import { displayName } from './display-name.js';
import { type Html, html } from './html.js';
import { page } from './layout.js';
import { tick } from './mark.js';
import { localPath } from './safe-url.js';

/**
 * Posts to `action`: `decision` (`allow` or `deny`), a `scope` for each required one and each that stays ticked, `csrf` and
 * `transaction`. Posts to `switchAction`: `csrf` and `transaction`, for somebody else to decide.
 */
export const consentPage = (model: ConsentModel): string => {
  const { tenantName, action, csrf, transaction } = model;
  const words = consentWords(model);
  const carried = html`<input type="hidden" name="csrf" value="${csrf}">
<input type="hidden" name="transaction" value="${transaction}">`;
  return page({
    title: plain(words.question), tenantName, width: 'broad',
    body: html`<article class="card">
<div class="who">${badge(model)}<h1>${said(words.question)}</h1></div>
${switchUser(model, carried)}
<div class="columns">
<div class="stack">
<dl class="facts">
${facts(words.agent)}${facts(words.resource)}${facts(words.target)}
</dl>
${words.caution && html`<p class="note" id="caution">${said(words.caution)}</p>`}
</div>
<form method="post" action="${localPath(action)}" class="stack">
${carried}
${scopeList(model, words.scopes)}
<section>
<h2>${said(words.goodToKnow.heading)}</h2>
<ul class="list plain">${words.goodToKnow.points.map((point) => html`<li>${said(point)}</li>`)}</ul>
</section>
${decision(staysOnDevice(model))}
</form>
</div>
<div class="small">${words.smallPrint.map((line) => html`<p>${said(line)}</p>`)}</div>
</article>`,
  });
};

const badge = ({ agent: { name } }: ConsentModel): Html =>
  html`<span class="badge" aria-hidden="true">${[...displayName(name)][0]?.toUpperCase()}</span>`;

const scopeList = ({ scopes }: ConsentModel, { heading, each }: ConsentWords['scopes']): Html => {
  const isAskedAgain = scopes.some(({ agreedBefore }) => agreedBefore);
  const items = scopes.map((scope, index) => scopeItem(scope, `scope-${index}`, scopeWords(each[index]!, scope, isAskedAgain)));
  return html`<section>
<h2>${said(heading)}</h2>
${scopes.some(({ required }) => !required) && html`<p class="small">You can untick what you do not want to allow.</p>`}
<ul class="list">${items}</ul>
</section>`;
};

const scopeItem = ({ name, required }: ConsentScope, id: string, words: Html): Html => (required
  ? html`<li>${tick}<input type="hidden" name="scope" value="${name}">${words}</li>`
  : html`<li><label for="${id}"><input class="check" type="checkbox" id="${id}" name="scope" value="${name}" checked>${words}</label></li>`);

// "New" says something only beside what is not.
const scopeWords = ({ words, technical }: ScopeWords, { agreedBefore }: ConsentScope, isAskedAgain: boolean): Html =>
  html`<span>${said(words)}${isAskedAgain && html` <span class="tag">${agreedBefore ? 'Allowed before' : 'New'}</span>`} <code>${said(technical)}</code></span>`;

// "Don't allow" comes first: Enter in a checkbox presses the first button of a form.
const decision = (isRisky: boolean): Html => html`<div class="choice">
<button class="button" type="submit" name="decision" value="deny">Don’t allow</button>
<span class="guard"><button class="button main" type="submit" name="decision" value="allow"${isRisky && html` aria-describedby="caution"`}>Allow</button></span>
</div>`;
