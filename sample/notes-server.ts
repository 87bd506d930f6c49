import { type Principal, principalOf } from '@mandate/mcp';
import { type CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Notes } from './notes.js';

/** "agent agt_7 for usr_3", or "agent agt_7 for itself". */
const actedBy = ({ agent, onBehalfOf }: Principal): string => `agent ${agent} for ${onBehalfOf ?? 'itself'}`;

/** Two tenants may know the same subject, and they are two people. JSON, so that no choice of names makes two owners one. */
const ownerOf = ({ issuer, tenant, sub }: Principal): string => JSON.stringify([issuer, tenant, sub]);

/** The answer says who acted for whom, so that a reader of the conversation sees the delegation. */
const answer = (principal: Principal, text: string, data: Record<string, unknown>): CallToolResult => ({
  content: [{ type: 'text', text: `${text}\n(${actedBy(principal)})` }],
  structuredContent: {
    ...data,
    actor: { agent: principal.agent, ...(principal.onBehalfOf !== undefined && { onBehalfOf: principal.onBehalfOf }) },
  },
});

/** An MCP server over the notes: one per request, as the SDK asks for, while the notes stay. */
export const notesServer = (notes: Notes): McpServer => {
  const server = new McpServer({ name: 'mandate-sample-notes', version: '0.1.0' });

  server.registerTool(
    'list_notes',
    { title: 'List notes', description: 'Lists the notes of the person (or the agent) this call is made for.', annotations: { readOnlyHint: true } },
    (ctx) => {
      const principal = principalOf(ctx);
      const list = notes.list(ownerOf(principal));
      const lines = list.map(({ id, text, by }) => `${id}. ${text} (by ${by})`);
      return answer(principal, lines.join('\n') || 'There are no notes yet.', { notes: list });
    },
  );
  server.registerTool(
    'add_note',
    { title: 'Add a note', description: 'Writes a note down.', inputSchema: z.object({ text: z.string().min(1).max(2000) }) },
    ({ text }, ctx) => {
      const principal = principalOf(ctx);
      const note = notes.add(ownerOf(principal), { text, by: actedBy(principal) });
      return answer(principal, `Noted as number ${note.id}.`, { note });
    },
  );
  server.registerTool(
    'delete_note',
    {
      title: 'Delete a note',
      description: 'Deletes a note for good.',
      inputSchema: z.object({ id: z.number().int().positive() }),
      annotations: { destructiveHint: true },
    },
    ({ id }, ctx) => {
      const principal = principalOf(ctx);
      const note = notes.delete(ownerOf(principal), id);
      if (!note) return { ...answer(principal, `There is no note number ${id}.`, {}), isError: true };
      return answer(principal, `Deleted note number ${id}: ${note.text}`, { note });
    },
  );
  return server;
};
