// Holds from outside what every commit of a server on PostgreSQL needs: as a backup or a long transaction does.
import pg from 'pg';

/** Nothing that tells of the intake is committed any more, until what is returned is called. */
export async function block(url: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE settings IN EXCLUSIVE MODE');
  return async () => {
    await client.query('ROLLBACK');
    await client.end();
  };
}
