/** A request as a test makes it, and its whole answer. */
import { type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the service says is looked at by the test
  json(): any;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** With node's own client: it sends the path and the headers as they are, `..` and `Host` included. */
export function send({ hostname, port }: URL, path: string, asking: Asking = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = asking;
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        const bytes = Buffer.concat(chunks);
        const text = String(bytes);
        resolve({ status, headers, text, bytes, json: () => JSON.parse(text) });
      });
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}
