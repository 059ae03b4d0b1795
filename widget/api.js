// One HTTP call to the assistant, and the waiting between one attempt and the next.

/** The server answered, and said no. `message` is for a person to read. */
export class Refusal extends Error {
  /** @param {number} status @param {string} code @param {string} words @param {number} retryAfter  Seconds. */
  constructor(status, code, words, retryAfter) {
    super(words);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Not the message's fault: the same request may well succeed later. */
  get passing() { return this.status >= 500 || this.status === 408 || this.status === 425; }
}

/**
 * @param {string} address
 * @param {{ method?: string, token?: string, body?: object, headers?: Record<string, string>, signal?: AbortSignal }} [options]
 * @returns {Promise<Response>}  Only a 2xx.
 * @throws {Refusal} for any other status; TypeError or AbortError when nobody answered.
 */
export async function call(address, { method = 'GET', token, body, headers = {}, signal = AbortSignal.timeout(10_000) } = {}) {
  const all = { ...headers };
  if (token) all.Authorization = `Bearer ${token}`;
  if (body) all['Content-Type'] = 'application/json';
  const response = await fetch(address, {
    method, headers: all, signal, body: body && JSON.stringify(body),
    cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer',
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

/** @param {Response} response */
async function refusal(response) {
  const problem = await response.json().catch(() => ({}));
  const words = typeof problem?.message === 'string' ? problem.message : '';
  return new Refusal(response.status, String(problem?.error ?? ''), words, Number(response.headers.get('Retry-After')) || 5);
}

const FIRST = 400;
const LONGEST = 30_000;

/** Longer each time, never in step with other visitors, cut short by wake(). */
export class Backoff {
  #attempt = 0;
  /** @type {(() => void) | undefined} */
  #wake;

  reset() { this.#attempt = 0; }

  /** Go on at once: the network is back, or the visitor asked. */
  wake() { this.#wake?.(); }

  /** @param {number} [milliseconds]  What the server asked for; else the next step. */
  async wait(milliseconds = this.#next()) {
    await new Promise((/** @type {(value?: unknown) => void} */ done) => {
      const timer = setTimeout(done, milliseconds);
      this.#wake = () => { clearTimeout(timer); done(); };
    });
    this.#wake = undefined;
  }

  #next() {
    const ceiling = Math.min(LONGEST, FIRST * 2 ** this.#attempt++);
    return ceiling * (0.5 + Math.random() / 2);
  }
}
