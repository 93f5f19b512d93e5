import { createTransport } from 'kiip-s2s/axios';

/** Sends twice, one after the other, then closes: the process must end by itself. */
async function main(url: string, proxy: string | undefined): Promise<void> {
  const transport = createTransport(proxy === undefined ? {} : { proxy });
  for (let i = 0; i < 2; i++) {
    const { status, body } = await transport.send({
      url,
      headers: {},
      body: '{}',
      timeoutMs: 10_000,
      maxResponseBytes: 1_000,
    });
    process.stdout.write(`${status} ${body}\n`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await transport.close?.();
}

const [, , url = '', proxy] = process.argv;
void main(url, proxy);
