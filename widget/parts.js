// Parts of the panel that few chats need, fetched when one does.

/** @typedef {{ rich: typeof import('./rich.js'), thumbs: typeof import('./thumbs.js'), slots: typeof import('./slots.js'), people: typeof import('./people.js'), privacy: typeof import('./privacy.js'), colours: typeof import('./colours.js') }} Parts */

const TRIES = 6;

/** Not even a server that is away at that moment takes one from the visitor. @template {keyof Parts} T @param {T} name @returns {Promise<Parts[T]>} */
export async function part(name) {
  for (let tries = 0; ; tries++) {
    try {
      return await import(`./${name}.js${'?'.repeat(tries)}`);
    } catch (error) {
      if (tries === TRIES) throw error;
      await new Promise((done) => { setTimeout(done, 300 * 2 ** tries); });
    }
  }
}

/** Which parts a message needs before it can be shown. @param {import('./types.js').ChatMessage} message @returns {(keyof Parts)[]} */
export function needed({ image, attachment, custom, answer }) {
  /** @type {(keyof Parts)[]} */
  const names = [];
  if (image || attachment || custom) names.push(custom?.type === 'slots' ? 'slots' : 'rich');
  if (answer) names.push('thumbs');
  return names;
}
