// A fresh PostgreSQL database in the cluster that `cargo xtask test` has started.
import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface Database {
  /** For `--database-url`. */
  readonly url: string;
  /** Lets nobody else read or write a status until the answer is called: to the server, a database that hangs. */
  lock(): Promise<() => Promise<void>>;
  /** Drops it, whoever is still connected. */
  drop(): Promise<void>;
}

export async function createDatabase(): Promise<Database> {
  const cluster = process.env.NOCTURNE_TEST_POSTGRES;
  if (cluster === undefined) throw new Error('NOCTURNE_TEST_POSTGRES is not set: run `cargo xtask test`');
  const name = `end2end_${randomBytes(8).toString('hex')}`;
  await run(cluster, `CREATE DATABASE ${name}`);
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  return { url: url.href, lock: () => lock(url.href), drop: () => run(cluster, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function lock(database: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE settings, statuses IN ACCESS EXCLUSIVE MODE');
  return () => client.end();
}

async function run(cluster: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: cluster });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
