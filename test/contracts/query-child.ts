import { openSqlite } from '../../src/platform/sqlite.js';

// Prints what one query finds in a database file, as JSON.
const [, , file = '', sql = ''] = process.argv;
process.stdout.write(JSON.stringify(openSqlite(file).prepare(sql).all()));
