import { startSampleServer } from './server.js';

const { SAMPLE_PORT = '4001', SAMPLE_HOST, SAMPLE_RESOURCE, MANDATE_ISSUER, SAMPLE_CLIENT_ID, SAMPLE_CLIENT_SECRET, SAMPLE_ALLOW_HTTP } = process.env;

const fail = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};
if (!MANDATE_ISSUER) fail('MANDATE_ISSUER is missing: set it to the issuer of your authorization server, such as http://localhost:8787.');
if (!/^\d{1,5}$/.test(SAMPLE_PORT) || Number(SAMPLE_PORT) > 65_535) fail(`SAMPLE_PORT is no port: "${SAMPLE_PORT}".`);
if (!SAMPLE_CLIENT_ID !== !SAMPLE_CLIENT_SECRET) fail('SAMPLE_CLIENT_ID and SAMPLE_CLIENT_SECRET belong together: set both or none.');

const started = startSampleServer({
  port: Number(SAMPLE_PORT),
  issuer: MANDATE_ISSUER ?? '',
  ...(SAMPLE_HOST && { host: SAMPLE_HOST }),
  ...(SAMPLE_RESOURCE && { resource: SAMPLE_RESOURCE }),
  ...(SAMPLE_CLIENT_ID && SAMPLE_CLIENT_SECRET && { introspection: { clientId: SAMPLE_CLIENT_ID, clientSecret: SAMPLE_CLIENT_SECRET } }),
  allowHttp: SAMPLE_ALLOW_HTTP === 'true',
  onRefusal: ({ status, reason, principal }) => process.stderr.write(`${status} ${reason}${principal ? ` (agent ${principal.agent})` : ''}\n`),
});
const server = await started.catch((error: Error) => fail(error.message));
process.stdout.write(`The notes server listens at ${server.url}; tokens come from ${MANDATE_ISSUER}.\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
