import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeWith, startPostgres, type Service } from '../support/services.js';

describeWith('postgres', 'the first steps of README.md, over PostgreSQL', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startPostgres();
  });
  afterAll(() => service.stop());

  test('lead from an empty folder to a reward and to coins that are credited once', async () => {
    const place = { PGHOST: '127.0.0.1', PGPORT: String(service.port), PGUSER: 'kiip', PGDATABASE: 'postgres' };
    const { stdout } = await promisify(execFile)(process.execPath, ['scripts/first-steps.mjs'], {
      timeout: 200_000,
      env: { ...process.env, NODE_OPTIONS: '', ...place },
    });
    expect(stdout).toContain('node reward.mjs');
    expect(stdout).toContain('sent again: {"result":"duplicate"}; coins: 20');
  }, 240_000);
});
