// Schemas of a journey's own in the PostgreSQL that the tests are given.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const server = process.env.ATRIO_TEST_POSTGRES;

/** schemas makes one schema for each role and gives their URLs, and `drop`, which removes them. */
export async function schemas(...roles) {
  if (!server) {
    throw new Error('ATRIO_TEST_POSTGRES is not set: run the tests by make test, or start a server with: eval "$(tools/testpostgres start)"');
  }
  const mark = `journey_${randomBytes(6).toString('hex')}`;
  const names = roles.map((role) => `${mark}_${role}`);
  await sql(...names.map((name) => `CREATE SCHEMA ${name}`));
  return {
    urls: Object.fromEntries(roles.map((role, i) => [role, withSchema(names[i])])),
    drop: () => sql(...names.map((name) => `DROP SCHEMA ${name} CASCADE`)),
  };
}

/** count is the number of rows of a table behind one of the URLs. */
export async function count(url, table) {
  const schema = new URL(url).searchParams.get('search_path');
  return Number(await sql(`SELECT count(*) FROM ${schema}.${table}`));
}

async function sql(...statements) {
  const commands = statements.flatMap((s) => ['-c', s]);
  const { stdout } = await promisify(execFile)('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', server, ...commands], {
    env: { ...process.env, PGOPTIONS: '-c client_min_messages=warning' },
  });
  return stdout.trim();
}

function withSchema(name) {
  const url = new URL(server);
  url.searchParams.set('search_path', name);
  return url.href;
}
