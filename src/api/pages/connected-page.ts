import { displayName, plainLine } from './display-name.js';
import { html } from './html.js';
import { page } from './layout.js';
import { localPath } from './safe-url.js';

export interface ConnectedModel {
  readonly tenantName: string;
  readonly title: string;
  /** The agent that may use it now. */
  readonly agentName?: string | undefined;
  /** False when the person said no, or nothing was left to do. */
  readonly isDone: boolean;
  /** Path of the person's connections. */
  readonly listHref: string;
}

/** After a service was connected, or not: nothing more is asked. */
export const connectedPage = ({ tenantName, title, agentName, isDone, listHref }: ConnectedModel): string => page({
  title: isDone ? 'Connected' : 'Nothing was connected', tenantName,
  body: html`<article class="card">
<div>
<h1>${isDone ? html`<bdi>${plainLine(title, 80)}</bdi> is connected` : 'Nothing was connected'}</h1>
<p class="lead">${isDone && agentName !== undefined
  ? html`<bdi>${displayName(agentName)}</bdi> may use it now. Go back to it and let it try again.`
  : isDone ? 'No agent may use it yet. When one wants to, you are asked.' : 'Nothing has changed. You can close this page.'}</p>
</div>
<p><a href="${localPath(listHref)}">My connections</a></p>
</article>`,
});
