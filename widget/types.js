// Types only: nothing loads this file when the widget runs.

/** @typedef {import('./widget.js').ClinicChatElement} Host */
/** @typedef {typeof import('./texts/en.js').default} Texts */

/** @typedef {{ title: string, payload: string }} QuickReply */

/**
 * A message as the server sends it.
 * @typedef {object} ChatMessage
 * @property {number} id  Counts up within a conversation.
 * @property {'visitor' | 'bot' | 'staff'} from
 * @property {string | null} text
 * @property {string | null} [name]  Who of the staff.
 * @property {QuickReply[]} [buttons]
 * @property {string | null} [image]  https: or a path on the assistant's own server.
 * @property {unknown} [attachment]  Rasa's: an address, or type and payload.
 * @property {Record<string, any> | null} [custom]
 * @property {boolean} [answer]  It answers a question: a thumb makes sense.
 * @property {'up' | 'down' | null} [feedback]
 * @property {string} time  ISO 8601.
 * @property {string | null} [message]  The client's UUID, on a visitor's message.
 */

/** @typedef {{ id: number, state: 'waiting' | 'joined' | 'left', name: string | null, time: string }} Presence */

/** @typedef {'sending' | 'waiting' | 'sent' | 'failed'} Delivery */

/** @typedef {{ id: string, text: string, title?: string }} Outgoing  `title` is what the visitor sees of it. */

/**
 * What the panel is told by the connection.
 * @typedef {object} Handlers
 * @property {(message: ChatMessage) => void} message
 * @property {(uuid: string) => void} turn
 * @property {(presence: Presence) => void} presence
 * @property {(name: string | null, seconds: number) => void} typing
 * @property {(accepted: boolean) => void} notice  Whether the privacy notice, as it is now, was accepted.
 * @property {() => void} live  Stored messages have been replayed; what follows is new.
 * @property {(uuid: string, state: Delivery, reason?: string) => void} delivery
 * @property {(lost: boolean) => void} outage
 * @property {(why: 'erased' | 'expired') => void} reset
 * @property {(id: number) => void} read  Another tab has shown messages up to this id.
 */

/** @typedef {{ open(focus: boolean): void, close(): void, send(text: string): void }} Panel */

export {};
