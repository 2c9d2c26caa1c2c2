/** The websocket on which a ComfyUI server tells of one client's prompts: opened again whenever it is lost. */
import { WebSocket } from 'ws';
import { backoff } from '../../time/backoff.ts';
import type { Clock } from '../../time/clock.ts';
import { readEvent, readPreview, type ServerEvent } from './events.ts';

/** Bytes of a message: a preview, or an error with all that its node was handed. */
const LARGEST = 8 * 1024 * 1024;
const HANDSHAKE = 10_000;
/** Milliseconds before it is opened again. */
const AGAIN = { first: 250, longest: 5_000 };

export interface Hearing {
  onEvent(event: ServerEvent): void;
  /** An encoded picture. */
  onPreview(bytes: Buffer): void;
}

export interface ComfySocket {
  /** Resolves once it is open, or could not be opened at once. */
  readonly tried: Promise<void>;
  close(): void;
}

/**
 * What is said while it is lost is said to nobody: whoever must know how a prompt ended asks for it (`prompts.ts`).
 * @param address of the server, `http:` or `https:`
 */
export function openComfySocket(
  address: string,
  client: string,
  clock: Clock,
  hearing: Hearing,
): ComfySocket {
  const url = `${address.replace(/^http/, 'ws')}/ws?clientId=${encodeURIComponent(client)}`;
  let closed = false;
  let failures = 0;
  let socket: WebSocket | undefined;
  let stopWaiting = () => {};
  let wasTried = () => {};
  const tried = new Promise<void>((resolve) => {
    wasTried = resolve;
  });

  function open(): void {
    const opened = new WebSocket(url, {
      maxPayload: LARGEST,
      handshakeTimeout: HANDSHAKE,
      followRedirects: false,
      perMessageDeflate: false,
    });
    socket = opened;
    opened.on('open', () => {
      failures = 0;
      wasTried();
    });
    opened.on('message', (data, isBinary) => {
      if (closed || !Buffer.isBuffer(data)) return;
      if (isBinary) {
        const preview = readPreview(data);
        if (preview !== undefined) hearing.onPreview(preview);
      } else {
        const event = readEvent(data.toString('utf8'));
        if (event !== undefined) hearing.onEvent(event);
      }
    });
    // What is wrong is said by `close`, which follows.
    opened.on('error', () => {});
    opened.on('close', () => {
      wasTried();
      if (!closed) stopWaiting = clock.after(backoff(AGAIN, ++failures), open);
    });
  }

  open();
  return {
    tried,
    close() {
      closed = true;
      stopWaiting();
      socket?.terminate();
    },
  };
}
