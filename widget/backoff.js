// Waiting between attempts: longer each time, never in step with other visitors, cut short by wake().

const FIRST = 400;
const LONGEST = 30_000;

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
