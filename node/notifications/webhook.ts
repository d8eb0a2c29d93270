import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Audit } from '../audit/audit.js'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError, type ErrorCode } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Outbound, OutboundAnswer } from '../kernel/outbound.js'
import { randomId } from '../kernel/random.js'
import { Secret } from '../kernel/secret.js'
import { startTrace, type Trace } from '../kernel/trace.js'
import { put, remove, type Collection, type Store } from '../stores/contracts.js'
import type { Webhook } from '../../schemas/wire/webhook.js'
import type { EncodedEvent } from './cloud-events.js'
import { toCloudEvents } from './cloud-events.js'
import type { InboxFollower } from './followers.js'
import type { Inbox, InboxUser } from './inbox.js'
import { toInboxMessage } from './inbox-message.js'
import type { InboxEntry } from './inbox-records.js'
import { nextAttempt, readRetryAfter } from './outbox/schedule.js'

interface WebhookRecord extends Webhook {
  readonly since: Instant
}

/** By party. */
const webhooks: Collection<WebhookRecord> = { name: 'notifications-webhooks' }

/** How handing over goes, as this process saw it. */
export interface WebhookState extends WebhookRecord {
  readonly failures: number
  readonly lastError?: string
  readonly triesAgainAt?: Instant
}

/** The webhooks of the parties: each party has one at most. */
export interface Webhooks {
  /** @throws `notification.webhook_unknown` */
  get(party: string): Promise<WebhookState>
  /**
   * Sets the webhook of a party, after a signed message of type `ping` was answered there: from then on every message that
   * is not acknowledged goes there. A message that was answered with 2xx counts as acknowledged.
   * @throws `notification.webhook_refused` with a note why: an address that may not be called, a secret that is not in the
   *   settings or cannot be read, an endpoint that does not answer with 2xx
   */
  set(party: string, webhook: Webhook, user: InboxUser): Promise<void>
  /** @throws `notification.webhook_unknown` */
  remove(party: string, user: InboxUser): Promise<void>
  readonly follower: InboxFollower
}

export interface WebhooksDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly log: Log
  readonly audit: Audit
  readonly inbox: Pick<Inbox, 'acknowledge' | 'handOver' | 'head'>
  /** Guarded: private addresses only where the operator allows them, redirects are not followed. */
  readonly outbound: Pick<Outbound, 'request'>
  /** Files with secrets, by name. */
  readonly secretFiles: Readonly<Record<string, string>>
  readonly findEventType: (name: string) => EncodedEvent | undefined
  /** From 0 up to 1. */
  readonly random: () => number
}

const timeoutMilliseconds = 10_000
const lookAgainMilliseconds = 2_000
const maxAnswerBytes = 64 * 1024
const name = 'webhook'
/** Statuses that say "not now"; any other that is not 2xx is about the message. */
const notNow = (status: number): boolean => [401, 403, 404, 408, 425, 429].includes(status) || status >= 500

interface Trouble {
  readonly failures: number
  readonly lastError: string
  readonly triesAgainAt: Instant
}

/**
 * Hands messages over by POST, signed so that the receiver can know that they come from this node and are new.
 *
 * An endpoint that does not answer holds all messages up, in their order, and is tried again on the schedule of every other
 * delivery; a message that it does not want is parked after three attempts. Nothing is ever given up: the inbox keeps it.
 * @see Standard Webhooks 1.0.0
 */
export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { store, clock, log, audit, inbox } = deps
  const troubles = new Map<string, Trouble>()

  async function find(party: string): Promise<WebhookRecord | undefined> {
    return (await store.records.get(webhooks, [party]))?.value
  }

  async function send(webhook: Webhook, id: string, payload: unknown, trace: Trace, cloudEvents: boolean) {
    const body = JSON.stringify(payload)
    const seconds = String(Math.floor(clock.now() / 1000))
    const secrets = await readSecrets(webhook.secret, deps.secretFiles)
    const signatures = secrets.map((secret) => signatureOf(secret, `${id}.${seconds}.${body}`))
    return deps.outbound.request({
      method: 'POST',
      url: webhook.url,
      headers: {
        'content-type': cloudEvents ? 'application/cloudevents-batch+json' : 'application/json',
        'webhook-id': id,
        'webhook-timestamp': seconds,
        'webhook-signature': signatures.join(' '),
      },
      body,
      trace,
      timeoutMilliseconds,
      maxResponseBytes: maxAnswerBytes,
    })
  }

  async function deliver(webhook: WebhookRecord, entry: InboxEntry): Promise<OutboundAnswer> {
    const event = webhook.format === 'cloudevents' ? deps.findEventType(entry.eventType) : undefined
    const payload =
      event === undefined
        ? toInboxMessage(entry, (await inbox.head(entry.party)).feed)
        : toCloudEvents({ notificatieID: entry.notificatieID, message: entry }, event)
    const trace = { ...startTrace(), traceId: entry.traceId }
    return send(webhook, entry.notificatieID, payload, trace, event !== undefined)
  }

  function holdUp(party: string, lastError: string, retryAfter: number | undefined): { readonly again: number } {
    const now = clock.now()
    const failures = (troubles.get(party)?.failures ?? 0) + 1
    const triesAgainAt = now + (retryAfter ?? nextAttempt(now, failures, deps.random()) - now)
    troubles.set(party, { failures, lastError, triesAgainAt })
    log.warn('a webhook does not take messages', { party, code: lastError, count: failures })
    return { again: lookAgainMilliseconds }
  }

  async function handle(entry: InboxEntry): Promise<{ readonly again: number } | undefined> {
    const { party, number } = entry
    const webhook = await find(party)
    const trouble = troubles.get(party)
    // Messages wait for a webhook that is set later, or that is tried again later.
    if (webhook === undefined || (trouble !== undefined && trouble.triesAgainAt > clock.now()))
      return { again: lookAgainMilliseconds }
    const user = { by: name, trace: { ...startTrace(), traceId: entry.traceId } }
    await inbox.handOver(party, [entry], user)
    let answer: OutboundAnswer
    try {
      answer = await deliver(webhook, entry)
    } catch (cause) {
      const code = NodeError.codeOf(cause)
      // Neither an endpoint that is away nor a secret that cannot be read is the fault of a message.
      if (!isOfEndpoint(code) && code !== 'notification.webhook_refused') throw cause
      return holdUp(party, code, undefined)
    }
    const { status, headers } = answer
    if (status >= 200 && status < 300) {
      troubles.delete(party)
      await inbox.acknowledge(party, { numbers: [number] }, user)
      return undefined
    }
    if (notNow(status))
      return holdUp(party, `status ${String(status)}`, readRetryAfter(headers.get('retry-after'), clock.now()))
    throw new NodeError('outbound.bad_answer', { detail: `the webhook answers ${String(status)}` })
  }

  const account = (action: 'create' | 'delete', party: string, { by, trace }: InboxUser, url: string) =>
    audit.operation({
      code: 'notification.webhook',
      action,
      outcome: 'success',
      party,
      actor: { user: { id: by } },
      object: { peer: new URL(url).host },
      ...(trace === undefined ? {} : { trace }),
    })

  return {
    async get(party) {
      const webhook = await find(party)
      if (webhook === undefined) throw new NodeError('notification.webhook_unknown')
      return { ...webhook, failures: 0, ...troubles.get(party) }
    },
    async set(party, webhook, user) {
      const trace = user.trace ?? startTrace()
      const answer = await send(webhook, randomId(), { type: 'ping' }, trace, false).catch((cause: unknown) => {
        const code = NodeError.codeOf(cause)
        if (code === 'outbound.refused') throw refused('the address may not be called from here', cause)
        if (isOfEndpoint(code)) throw refused('nobody answers at the address', cause)
        throw cause
      })
      if (answer.status < 200 || answer.status >= 300)
        throw refused(`a ping is answered with status ${String(answer.status)}`)
      const { url, secret, format } = webhook
      const record: WebhookRecord = { url, secret, format, since: clock.now() }
      await store.write([put(webhooks, [party], record), account('create', party, user, url)])
      troubles.delete(party)
    },
    async remove(party, user) {
      const webhook = await find(party)
      if (webhook === undefined) throw new NodeError('notification.webhook_unknown')
      await store.write([remove(webhooks, [party]), account('delete', party, user, webhook.url)])
      troubles.delete(party)
    },
    follower: { name, follows: () => true, handle },
  }
}

function isOfEndpoint(code: ErrorCode): boolean {
  return code.startsWith('outbound.') && code !== 'outbound.bad_answer'
}

/** One secret on each line: while it is changed there are two, and both sign. */
async function readSecrets(secret: string, files: Readonly<Record<string, string>>): Promise<readonly Secret[]> {
  const file = Object.hasOwn(files, secret) ? files[secret] : undefined
  if (file === undefined) throw refused('there is no secret with that name in notifications.webhookSecrets')
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw refused('the file of the secret cannot be read', cause)
  })
  const lines = text.split('\n').map((line) => line.trim())
  const given = lines.filter((line) => line !== '')
  if (given.length === 0 || given.length > 2 || !given.every((line) => /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(line)))
    throw refused('the file of the secret must hold one or two lines: whsec_ and 24 to 64 bytes in base64')
  return given.map((line) => Secret.of(line.slice('whsec_'.length)))
}

function signatureOf(secret: Secret, text: string): string {
  const mac = createHmac('sha256', Buffer.from(secret.reveal(), 'base64')).update(text)
  return `v1,${mac.digest('base64')}`
}

function refused(note: string, cause?: unknown): NodeError {
  return new NodeError('notification.webhook_refused', { notes: [note], cause })
}
