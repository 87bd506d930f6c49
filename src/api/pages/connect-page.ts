import type { ConnectModel } from './connect-model.js';
import { type ConnectWords, connectWords } from './connect-text.js';
import { facts, said, switchUser } from './consent-parts.js';
import { plain } from './consent-text.js';
import { plainLine } from './display-name.js';
import { type Html, html } from './html.js';
import { page } from './layout.js';
import { tick } from './mark.js';
import { localPath } from './safe-url.js';

/** Posts to `action`: `decision` (`allow` or `deny`), `csrf`, `transaction`, and `key`, or `username` and `password`, where one is asked for. */
export const connectPage = (model: ConnectModel): string => {
  const { tenantName, action, csrf, transaction, error } = model;
  const words = connectWords(model);
  const allow = html`<span class="guard"><button class="button main" type="submit" name="decision" value="allow">${label(model)}</button></span>`;
  const carried = html`<input type="hidden" name="csrf" value="${csrf}">
<input type="hidden" name="transaction" value="${transaction}">`;
  return page({
    title: plain(words.question), tenantName, width: 'broad',
    body: html`<article class="card">
<h1>${said(words.question)}</h1>
${switchUser(model, carried)}
${error !== undefined && html`<p class="note bad" role="alert" id="error">${plainLine(error, 300)}</p>`}
<div class="columns">
<dl class="facts">
${words.facts.map(facts)}
</dl>
<form method="post" action="${localPath(action)}" class="stack" autocomplete="off">
${carried}
${scopeList(words)}
${fields(model)}
<ul class="list plain">${words.points.map((point) => html`<li>${said(point)}</li>`)}</ul>
<div class="choice">${typesIn(model) ? [allow, deny] : [deny, allow]}</div>
</form>
</div>
<p class="small">${said(words.smallPrint)}</p>
</article>`,
  });
};

const deny = html`<button class="button" type="submit" name="decision" value="deny" formnovalidate>Not now</button>`;

// Enter in a field presses the first button of its form.
const typesIn = ({ asks }: ConnectModel): boolean => asks === 'key' || asks === 'password';

const scopeList = ({ heading, scopes }: ConnectWords): Html => html`<section>
<h2>${said(heading)}</h2>
<ul class="list">${scopes.map(({ words, technical }) => html`<li>${tick}<span>${said(words)} <code>${said(technical)}</code></span></li>`)}</ul>
</section>`;

const fields = ({ asks, error }: ConnectModel): Html | false => {
  const wrong = error !== undefined && html` aria-invalid="true" aria-describedby="error"`;
  if (asks === 'key') {
    return html`<div class="field"><label for="key">Key</label>
<input class="input" id="key" name="key" type="password" autocomplete="off" spellcheck="false" maxlength="4096" required${wrong}></div>`;
  }
  return asks === 'password' && html`<div>
<div class="field"><label for="username">User name at the service</label>
<input class="input" id="username" name="username" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="1024" required${wrong}></div>
<div class="field"><label for="password">Password at the service</label>
<input class="input" id="password" name="password" type="password" autocomplete="off" maxlength="1024" required${wrong}></div>
</div>`;
};

const label = ({ asks, agent, service }: ConnectModel): Html => {
  if (asks === 'nothing') return html`Allow`;
  if (asks !== 'away') return html`${agent ? 'Connect and allow' : 'Connect'}`;
  return html`<span>Continue at <bdi>${plainLine(service.host, 60)}</bdi></span>`;
};
