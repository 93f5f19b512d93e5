import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProxy, type TestProxy } from '../transport/proxy.js';
import { DONE, programPath, runProgram } from './child.js';
import { expectCalls, startPlatform, type Platform } from './platform.js';
import { testWith } from './report.js';

const folder = mkdtempSync(join(tmpdir(), 'kiip-company-tls-'));
const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];

/** The agents of http-proxy-agent and https-proxy-agent, on a real proxy: absolute addresses for plain calls, CONNECT for TLS. */
export function describeProxyAgents(platform: () => Platform): void {
  describe('proxy agents', () => {
    let secure: Platform;
    let proxy: TestProxy;
    beforeAll(async () => {
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' }); // prettier-ignore
      secure = await startPlatform({ key: readFileSync(key), cert: readFileSync(cert) });
    });
    beforeEach(async () => {
      secure.requests.length = 0;
      proxy = await startProxy();
    });
    afterEach(() => proxy.close());
    afterAll(async () => {
      await secure.close();
      rmSync(folder, { recursive: true });
    });

    const check = async (format: 'cjs' | 'esm', target: 'plain' | 'secure'): Promise<void> => {
      const { url } = target === 'plain' ? platform() : secure;
      const args = [format, `http://user:word@127.0.0.1:${proxy.port}`, url];
      const env = { NODE_EXTRA_CA_CERTS: cert };
      expect(await runProgram(programPath('proxy-agents.cjs'), args, { env })).toEqual(DONE);
      expectCalls(target === 'plain' ? platform() : secure);
      expect(proxy.heads[0]).toMatch(target === 'plain' ? /^POST http:\/\/127\.0\.0\.1/ : /^CONNECT 127\.0\.0\.1:\d+/);
      expect(proxy.heads[0]).toMatch(/proxy-authorization: Basic /i);
    };
    for (const format of ['cjs', 'esm'] as const) {
      const build = format.toUpperCase();
      testWith('http-proxy-agent', `${build}: plain calls go through the proxy`, () => check(format, 'plain'));
      testWith('https-proxy-agent', `${build}: calls over TLS go through a CONNECT tunnel`, () =>
        check(format, 'secure'),
      );
    }
  });
}
