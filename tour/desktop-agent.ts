import { type Server, createServer } from 'node:http';
import { Client, type OAuthClientProvider, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

type Tokens = NonNullable<Awaited<ReturnType<OAuthClientProvider['tokens']>>>;
type Registration = NonNullable<Awaited<ReturnType<OAuthClientProvider['clientInformation']>>>;
type Discovery = Parameters<NonNullable<OAuthClientProvider['saveDiscoveryState']>>[0];

/** Publishes a client ID metadata document on this machine, as a vendor would on its site. */
export const publishMetadata = async (name: string, redirectUri: string): Promise<{ url: string; close(): Promise<void> }> => {
  let url = '';
  const server: Server = createServer((_request, response) => {
    const document = {
      client_id: url, client_name: name, redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'], token_endpoint_auth_method: 'none', application_type: 'native',
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://localhost:${(server.address() as { port: number }).port}/agents/desktop.json`;
  return { url, close: () => new Promise((closed) => server.close(() => closed())) };
};

/** An MCP client as a desktop application has it: the official SDK, tokens in memory, a browser that it sends to a URL. */
export class DesktopAgent implements OAuthClientProvider {
  readonly redirectUrl = 'http://127.0.0.1:33418/callback';
  private saved: { registration?: Registration; tokens?: Tokens; verifier?: string; discovery?: Discovery } = {};
  private transport: StreamableHTTPClientTransport;
  /** Where the SDK sent the browser last. */
  authorizationUrl: URL | undefined;
  client: Client;

  constructor(readonly name: string, private readonly serverUrl: string, document?: { readonly url: string; readonly issuer: string }) {
    // A vendor's document stands at an https URL, and the SDK insists on it; on one machine the document is on loopback, so
    // the client brings its name itself, as applications do that have theirs built in.
    if (document) this.saved = { registration: { client_id: document.url, issuer: document.issuer } };
    this.transport = this.newTransport();
    this.client = this.newClient();
  }

  get clientMetadata() {
    return { client_name: this.name, redirect_uris: [this.redirectUrl], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none', application_type: 'native' as const };
  }
  state(): string {
    return 'tour-state';
  }
  clientInformation(): Registration | undefined {
    return this.saved.registration;
  }
  saveClientInformation(registration: Registration): void {
    this.saved = { ...this.saved, registration };
  }
  tokens(): Tokens | undefined {
    return this.saved.tokens;
  }
  saveTokens(tokens: Tokens): void {
    this.saved = { ...this.saved, tokens };
  }
  discoveryState(): Discovery | undefined {
    return this.saved.discovery;
  }
  saveDiscoveryState(discovery: Discovery): void {
    this.saved = { ...this.saved, discovery };
  }
  redirectToAuthorization(url: URL): void {
    this.authorizationUrl = url;
  }
  saveCodeVerifier(verifier: string): void {
    this.saved = { ...this.saved, verifier };
  }
  codeVerifier(): string {
    return this.saved.verifier ?? '';
  }

  /** Tries something; gives the URL to open when the SDK needs a person first. */
  async attempt<T>(what: (client: Client) => Promise<T>): Promise<{ readonly done: T } | { readonly open: URL } | { readonly failed: Error }> {
    this.authorizationUrl = undefined;
    try {
      return { done: await what(this.client) };
    } catch (error) {
      return this.authorizationUrl ? { open: this.authorizationUrl } : { failed: error as Error };
    }
  }

  connect(): ReturnType<typeof this.attempt<void>> {
    return this.attempt((client) => client.connect(this.transport));
  }

  /** The browser came back: exchange the code and connect afresh. */
  async finish(callback: URLSearchParams): Promise<void> {
    await this.transport.finishAuth(callback);
    this.transport = this.newTransport();
    this.client = this.newClient();
    await this.client.connect(this.transport);
  }

  private newTransport(): StreamableHTTPClientTransport {
    return new StreamableHTTPClientTransport(new URL(this.serverUrl), { authProvider: this });
  }
  private newClient(): Client {
    return new Client({ name: this.name, version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  }
}
