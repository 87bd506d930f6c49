#!/usr/bin/env node
try {
  await import('../dist/src/cli/main.js');
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error('Mandate is not built yet. Run: npm run build');
  process.exitCode = 1;
}
