/** How the sample server is registered at an authorization server: its URI, its scopes in plain words, and what each tool needs. */
export interface SampleResource {
  /** The canonical URI of the MCP endpoint: the audience of its tokens. */
  readonly uri: string;
  readonly kind: 'mcp';
  readonly name: string;
  readonly scopes: readonly { readonly name: string; readonly description: string }[];
  readonly defaultScopes: readonly string[];
  readonly tools: readonly { readonly name: string; readonly scopes: readonly string[] }[];
}

/** The registration of a sample server whose MCP endpoint is at `url`. The server protects itself by the same data. */
export const sampleResource = (url: string): SampleResource => ({
  uri: url,
  kind: 'mcp',
  name: 'Notes (sample MCP server)',
  scopes: [
    { name: 'notes:read', description: 'Read your notes' },
    { name: 'notes:write', description: 'Add notes for you' },
    { name: 'notes:delete', description: 'Delete your notes for good' },
  ],
  defaultScopes: ['notes:read'],
  tools: [
    { name: 'list_notes', scopes: ['notes:read'] },
    { name: 'add_note', scopes: ['notes:write'] },
    { name: 'delete_note', scopes: ['notes:delete'] },
  ],
});
