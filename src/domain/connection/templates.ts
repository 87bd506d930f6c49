import type { ConnectionScope, ConnectionSettings, OAuthSettings, Route } from './connection.events.js';

/** A service whose endpoints and ways are known. What only the customer knows is filled in where it says `{name}`. */
export interface ConnectionTemplate {
  readonly name: string;
  readonly title: string;
  /** What an administrator should know before using it. */
  readonly notes: readonly string[];
  /** Where a client is registered. */
  readonly console: string;
  readonly variables: Readonly<Record<string, { readonly says: string; readonly pattern: RegExp }>>;
  readonly oauth: Omit<OAuthSettings, 'clientId' | 'registration' | 'grant'>;
  readonly settings: Pick<ConnectionSettings, 'scopes' | 'defaultScopes' | 'origins' | 'routes'>;
}

const READ = ['GET', 'HEAD'];
const WRITE = ['POST', 'PUT', 'PATCH', 'DELETE'];
const scope = (name: string, description: string): ConnectionScope => ({ name, description });
const route = (methods: readonly string[], path: string, ...scopes: readonly string[]): Route => ({ methods, path, ...(scopes.length === 0 ? {} : { scopes }) });
const google = (name: string): string => `https://www.googleapis.com/auth/${name}`;

const github: ConnectionTemplate = {
  name: 'github', title: 'GitHub', console: 'https://github.com/settings/developers', variables: {},
  notes: ['Works with OAuth apps and GitHub Apps. The permissions of a GitHub App are set at GitHub; scopes mean nothing to it.', 'GitHub offers no RFC 7009 endpoint: who disconnects also removes the app under Settings, Applications.'],
  oauth: {
    issuer: 'https://github.com/login/oauth', answersWithIssuer: false, authorizationEndpoint: 'https://github.com/login/oauth/authorize', tokenEndpoint: 'https://github.com/login/oauth/access_token',
    clientAuthentication: 'client_secret_post', authorizeParameters: [], scopeSeparator: 'space', extraScopes: ['offline_access'],
  },
  settings: {
    scopes: [scope('read:user', 'Read your profile'), scope('user:email', 'Read your e-mail addresses'), scope('read:org', 'See your organizations and teams'), scope('repo', 'Read and change your repositories'), scope('gist', 'Write gists')],
    defaultScopes: ['read:user'], origins: ['https://api.github.com'],
    routes: [route(READ, '/user'), route(READ, '/user/emails', 'user:email'), route(READ, '/user/**'), route(READ, '/users/**'), route(READ, '/orgs/**', 'read:org'), route(READ, '/repos/**'), route(READ, '/search/**'), route(WRITE, '/repos/**', 'repo'), route(['POST'], '/graphql', 'repo'), route(WRITE, '/gists/**', 'gist')],
  },
};

const googleWorkspace: ConnectionTemplate = {
  name: 'google', title: 'Google Workspace', console: 'https://console.cloud.google.com/apis/credentials', variables: {},
  notes: ['A refresh token comes only with access_type=offline and prompt=consent; both are sent.', 'While the app is in testing at Google, its refresh tokens end after seven days.'],
  oauth: {
    issuer: 'https://accounts.google.com', answersWithIssuer: false, authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth', tokenEndpoint: 'https://oauth2.googleapis.com/token',
    revocationEndpoint: 'https://oauth2.googleapis.com/revoke', jwksUri: 'https://www.googleapis.com/oauth2/v3/certs', clientAuthentication: 'client_secret_basic',
    authorizeParameters: [{ name: 'access_type', value: 'offline' }, { name: 'prompt', value: 'consent' }], scopeSeparator: 'space', extraScopes: ['openid'],
  },
  settings: {
    scopes: [
      scope(google('gmail.readonly'), 'Read your mail'), scope(google('gmail.send'), 'Send mail in your name'), scope(google('calendar.readonly'), 'See your calendars'),
      scope(google('calendar.events'), 'Change events in your calendars'), scope(google('drive.readonly'), 'Read your files'),
    ],
    defaultScopes: [google('calendar.readonly')], origins: ['https://www.googleapis.com', 'https://gmail.googleapis.com'],
    routes: [
      route(READ, '/gmail/v1/**', google('gmail.readonly')), route(['POST'], '/gmail/v1/users/*/messages/send', google('gmail.send')), route(READ, '/calendar/v3/**', google('calendar.readonly')),
      route(WRITE, '/calendar/v3/calendars/*/events/**', google('calendar.events')), route(READ, '/drive/v3/**', google('drive.readonly')),
    ],
  },
};

const slack: ConnectionTemplate = {
  name: 'slack', title: 'Slack', console: 'https://api.slack.com/apps', variables: {},
  notes: ['Gives user tokens: the agent acts as the person, within the channels that the person sees.', 'Slack revokes tokens by a method of its own and not by RFC 7009.', 'Slack asks for an https redirect URL.'],
  oauth: {
    answersWithIssuer: false, authorizationEndpoint: 'https://slack.com/oauth/v2_user/authorize', tokenEndpoint: 'https://slack.com/api/oauth.v2.user.access',
    clientAuthentication: 'client_secret_basic', authorizeParameters: [], scopeSeparator: 'comma',
  },
  settings: {
    scopes: [scope('channels:read', 'See the public channels'), scope('channels:history', 'Read messages in public channels'), scope('chat:write', 'Send messages as you'), scope('users:read', 'See who is in the workspace'), scope('search:read', 'Search messages and files')],
    defaultScopes: ['channels:read', 'channels:history'], origins: ['https://slack.com'],
    routes: [
      route(['GET', 'POST'], '/api/auth.test'), route(['GET', 'POST'], '/api/conversations.list', 'channels:read'), route(['GET', 'POST'], '/api/conversations.info', 'channels:read'),
      route(['GET', 'POST'], '/api/conversations.history', 'channels:history'), route(['GET', 'POST'], '/api/conversations.replies', 'channels:history'), route(['POST'], '/api/chat.postMessage', 'chat:write'),
      route(['GET', 'POST'], '/api/users.list', 'users:read'), route(['GET', 'POST'], '/api/users.info', 'users:read'), route(['GET', 'POST'], '/api/search.messages', 'search:read'),
    ],
  },
};

const salesforce: ConnectionTemplate = {
  name: 'salesforce', title: 'Salesforce', console: 'https://login.salesforce.com/lightning/setup/ManageExternalClientApplication/home',
  variables: { domain: { says: 'My Domain name, for example acme or acme--dev.sandbox', pattern: /^[a-z0-9][a-z0-9-]{0,62}(\.sandbox|\.develop)?$/ } },
  notes: ['Token answers do not say how long a token lives; an hour is assumed, which is below the shortest common session setting.', 'The connected app has to allow the scope refresh_token.'],
  oauth: {
    issuer: 'https://{domain}.my.salesforce.com', answersWithIssuer: false, authorizationEndpoint: 'https://{domain}.my.salesforce.com/services/oauth2/authorize',
    tokenEndpoint: 'https://{domain}.my.salesforce.com/services/oauth2/token', revocationEndpoint: 'https://{domain}.my.salesforce.com/services/oauth2/revoke',
    clientAuthentication: 'client_secret_post', authorizeParameters: [], scopeSeparator: 'space', extraScopes: ['refresh_token'], assumedLifetime: 3600,
  },
  settings: {
    scopes: [scope('api', 'Read and change your Salesforce data')], defaultScopes: ['api'], origins: ['https://{domain}.my.salesforce.com'],
    routes: [route(READ, '/services/data/**', 'api'), route(WRITE, '/services/data/*/sobjects/**', 'api'), route(['POST'], '/services/data/*/composite/**', 'api')],
  },
};

const microsoft: ConnectionTemplate = {
  name: 'microsoft', title: 'Microsoft Graph', console: 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade',
  variables: { tenant: { says: 'Directory (tenant) id, a domain of it, or organizations', pattern: /^[A-Za-z0-9][A-Za-z0-9.-]{1,100}$/ } },
  notes: ['The issuer differs from directory to directory, so answers are told apart by state, PKCE and the redirect URI of this connection.', 'Entra ID has no revocation endpoint: who disconnects also removes the app under My Apps.'],
  oauth: {
    answersWithIssuer: false, authorizationEndpoint: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize', tokenEndpoint: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token',
    clientAuthentication: 'client_secret_post', authorizeParameters: [], scopeSeparator: 'space', extraScopes: ['offline_access'],
  },
  settings: {
    scopes: [scope('User.Read', 'Read your profile'), scope('Mail.Read', 'Read your mail'), scope('Mail.Send', 'Send mail as you'), scope('Calendars.Read', 'See your calendars'), scope('Calendars.ReadWrite', 'Change your calendars'), scope('Files.Read', 'Read your files')],
    defaultScopes: ['User.Read'], origins: ['https://graph.microsoft.com'],
    routes: [
      route(READ, '/v1.0/me'), route(READ, '/v1.0/me/messages/**', 'Mail.Read'), route(READ, '/v1.0/me/mailFolders/**', 'Mail.Read'), route(['POST'], '/v1.0/me/sendMail', 'Mail.Send'),
      route(READ, '/v1.0/me/calendars/**', 'Calendars.Read'), route(READ, '/v1.0/me/events/**', 'Calendars.Read'), route(WRITE, '/v1.0/me/events/**', 'Calendars.ReadWrite'), route(READ, '/v1.0/me/drive/**', 'Files.Read'),
    ],
  },
};

const notion: ConnectionTemplate = {
  name: 'notion', title: 'Notion', console: 'https://www.notion.so/my-integrations', variables: {},
  notes: ['Notion has no scopes: what the integration may do is set at Notion, and the person chooses the pages.', 'Calls need the header Notion-Version, which the agent sends.', 'Notion revokes tokens by a call of its own and not by RFC 7009.'],
  oauth: {
    answersWithIssuer: false, authorizationEndpoint: 'https://api.notion.com/v1/oauth/authorize', tokenEndpoint: 'https://api.notion.com/v1/oauth/token',
    clientAuthentication: 'client_secret_basic', authorizeParameters: [{ name: 'owner', value: 'user' }], scopeSeparator: 'space',
  },
  settings: {
    scopes: [scope('use', 'Use the pages that you choose')], defaultScopes: ['use'], origins: ['https://api.notion.com'],
    routes: [
      route([...READ, 'POST', 'PATCH'], '/v1/pages/**'), route([...READ, 'PATCH', 'DELETE'], '/v1/blocks/**'), route([...READ, 'POST', 'PATCH'], '/v1/databases/**'), route([...READ, 'POST', 'PATCH'], '/v1/data_sources/**'),
      route(['POST'], '/v1/search'), route(READ, '/v1/users/**'), route([...READ, 'POST'], '/v1/comments/**'),
    ],
  },
};

const linear: ConnectionTemplate = {
  name: 'linear', title: 'Linear', console: 'https://linear.app/settings/api/applications/new', variables: {},
  notes: ['Every call goes to one GraphQL path, so routes can\'t tell reading from writing; the scopes of the credential do.'],
  oauth: {
    answersWithIssuer: false, authorizationEndpoint: 'https://linear.app/oauth/authorize', tokenEndpoint: 'https://api.linear.app/oauth/token', revocationEndpoint: 'https://api.linear.app/oauth/revoke',
    clientAuthentication: 'client_secret_post', authorizeParameters: [{ name: 'prompt', value: 'consent' }], scopeSeparator: 'comma',
  },
  settings: {
    scopes: [scope('read', 'Read your workspace'), scope('write', 'Change your workspace'), scope('issues:create', 'Create issues'), scope('comments:create', 'Write comments')],
    defaultScopes: ['read'], origins: ['https://api.linear.app'], routes: [route(['POST'], '/graphql')],
  },
};

export const connectionTemplates: readonly ConnectionTemplate[] = [github, googleWorkspace, slack, salesforce, microsoft, notion, linear];
