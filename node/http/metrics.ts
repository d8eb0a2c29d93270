import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { AuditMeter } from '../audit/self-check.js'
import type { CopyDescription } from '../discovery/describe-copies.js'
import type { IndexMeter } from '../discovery/index/discovery-index.js'
import type { InboxMeter } from '../notifications/measure-inbox.js'
import type { OutboxMeter } from '../notifications/outbox/measure-outbox.js'
import { epochSeconds, type Instant } from '../kernel/clock.js'
import { createSignInMeter, type SignInMeter } from './sign-in-meter.js'
import { createWorkMeter, type WorkMeter } from './work-meter.js'

/** What the node counts. Labels are route patterns and codes: never a path, party or person. */
export interface Metrics extends WorkMeter, SignInMeter {
  /** One request served, in seconds. */
  observeRequest(listener: string, route: string, status: number, seconds: number): void
  /** One refusal or failure by its public code. */
  countError(listener: string, code: string): void
  readonly audit: AuditMeter
  readonly index: IndexMeter
  readonly outbox: OutboxMeter
  readonly inbox: InboxMeter
  /** One code in an answer that has no meaning here, or no concept, by its list. */
  countUnmappedCode(list: string): void
  /** How the copies of discovery lists are. */
  setCopies(copies: readonly CopyDescription[]): void
  /** When the first credential of each type ends, over all wallets; types that are not named have none. */
  setCredentialEnds(ends: ReadonlyMap<string, Instant>): void
  /** When the certificate ends that the node shows in TLS. */
  setTlsCertificateEnd(end: Instant): void
  /** When the first of the client certificates of the parties ends. */
  setClientCertificateEnd(end: Instant): void
  /** How many meldingen wait, and of how many the term has passed. */
  setMeldingen(counts: { readonly open: number; readonly overdue: number }): void
  /** In the text format of Prometheus. */
  text(): Promise<string>
  readonly contentType: string
}

/** Counts in a registry of its own, so that several nodes can live in one process. */
export function createMetrics(node: { readonly version: string }): Metrics {
  const registry = new Registry()
  const requests = new Histogram({
    name: 'bronnet_http_request_duration_seconds',
    help: 'Duration of served requests in seconds.',
    labelNames: ['listener', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const errors = new Counter({
    name: 'bronnet_errors_total',
    help: 'Refused or failed requests by public error code.',
    labelNames: ['listener', 'code'] as const,
    registers: [registry],
  })
  const unmapped = new Counter({
    name: 'bronnet_codes_unmapped_total',
    help: 'Codes in explained answers that their list does not have, or that no concept map has, by list.',
    labelNames: ['list'] as const,
    registers: [registry],
  })
  const ends = new Gauge({
    name: 'bronnet_credential_expires_timestamp_seconds',
    help: 'When the first credential of a type ends, over all wallets, in seconds since 1970.',
    labelNames: ['type'] as const,
    registers: [registry],
  })
  const tlsEnd = new Gauge({
    name: 'bronnet_tls_certificate_expires_timestamp_seconds',
    help: 'When the certificate of the public listener ends, in seconds since 1970; 0 where the node ends no TLS.',
    registers: [registry],
  })
  const clientEnd = new Gauge({
    name: 'bronnet_client_certificate_expires_timestamp_seconds',
    help: 'When the first client certificate of a party ends, in seconds since 1970; 0 when none has one.',
    registers: [registry],
  })
  const meldingen = new Gauge({
    name: 'bronnet_meldingen_waiting',
    help: 'Meldingen about own records that wait, by whether their term of one working day has passed.',
    labelNames: ['term'] as const,
    registers: [registry],
  })
  const info = new Gauge({
    name: 'bronnet_node_info',
    help: 'Version of the node; always 1.',
    labelNames: ['version'] as const,
    registers: [registry],
  })
  info.set({ version: node.version }, 1)
  return {
    observeRequest(listener, route, status, seconds) {
      requests.observe({ listener, route, status: String(status) }, seconds)
    },
    countError(listener, code) {
      errors.inc({ listener, code })
    },
    countUnmappedCode: (list) => unmapped.inc({ list }),
    ...createWorkMeter(registry),
    ...createSignInMeter(registry),
    audit: createAuditMeter(registry),
    index: createIndexMeter(registry),
    outbox: createOutboxMeter(registry),
    inbox: createInboxMeter(registry),
    setCopies: createCopiesMeter(registry),
    setCredentialEnds(byType) {
      ends.reset()
      for (const [type, end] of byType) ends.set({ type }, epochSeconds(end))
    },
    setTlsCertificateEnd: (end) => tlsEnd.set(epochSeconds(end)),
    setClientCertificateEnd: (end) => clientEnd.set(epochSeconds(end)),
    setMeldingen({ open, overdue }) {
      meldingen.set({ term: 'running' }, open - overdue)
      meldingen.set({ term: 'passed' }, overdue)
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

function createInboxMeter(registry: Registry): InboxMeter {
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers: [registry] })
  const open = gauge(
    'bronnet_inbox_open',
    'Notifications that wait to be acknowledged by an own system; at most 1000 of one party are counted.',
  )
  const oldest = gauge('bronnet_inbox_oldest_seconds', 'Age in seconds of the oldest of them; 0 when none waits.')
  const parked = gauge(
    'bronnet_inbox_parked',
    'Notifications that something could not be done with and that wait for somebody to look.',
  )
  return {
    set(measure) {
      open.set(measure.open)
      oldest.set(measure.oldestSeconds)
      parked.set(measure.parked)
    },
  }
}

function createOutboxMeter(registry: Registry): OutboxMeter {
  const registers = [registry]
  const attempts = new Counter({
    name: 'bronnet_notifications_total',
    help: 'What became of notifications: delivered, consolidated, failed attempts, and dead.',
    labelNames: ['outcome'] as const,
    registers,
  })
  const queued = new Gauge({
    name: 'bronnet_notifications_queued',
    help: 'Notifications that wait to be delivered.',
    registers,
  })
  const oldest = new Gauge({
    name: 'bronnet_notifications_oldest_seconds',
    help: 'Age in seconds of the oldest notification that waits to be delivered; 0 when none does.',
    registers,
  })
  const dead = new Gauge({
    name: 'bronnet_notifications_dead',
    help: 'Notifications that could not be delivered and wait for somebody to look.',
    registers,
  })
  return {
    count: (outcome) => attempts.inc({ outcome }),
    set(waiting) {
      queued.set(waiting.queued)
      oldest.set(waiting.oldestSeconds)
      dead.set(waiting.dead)
    },
  }
}

function createAuditMeter(registry: Registry): AuditMeter {
  const registers = [registry]
  const intact = new Gauge({
    name: 'bronnet_audit_intact',
    help: 'Whether the last check of the audit journal found it intact: 1, or 0 for a fault.',
    registers,
  })
  const covered = new Gauge({
    name: 'bronnet_audit_covered_through',
    help: 'The last entry of the audit journal that a checked checkpoint covers.',
    registers,
  })
  const contradictions = new Counter({
    name: 'bronnet_audit_contradictions_total',
    help: 'Checkpoints of other nodes that contradict earlier ones.',
    registers,
  })
  return {
    setIntact: (isIntact) => intact.set(isIntact ? 1 : 0),
    setCoveredThrough: (number) => covered.set(number),
    countContradiction: () => contradictions.inc(),
  }
}

function createCopiesMeter(registry: Registry): Metrics['setCopies'] {
  const registers = [registry]
  const labelNames = ['service'] as const
  const listed = new Gauge({
    name: 'bronnet_discovery_listings',
    help: 'Verified listings in the copy of a discovery list.',
    labelNames,
    registers,
  })
  const setAside = new Gauge({
    name: 'bronnet_discovery_set_aside',
    help: 'Entries of a discovery list that were set aside.',
    labelNames,
    registers,
  })
  const age = new Gauge({
    name: 'bronnet_discovery_age_seconds',
    help: 'Time since a discovery list was last read to its end; absent when it never was.',
    labelNames,
    registers,
  })
  const registrations = new Gauge({
    name: 'bronnet_discovery_registrations',
    help: 'Registrations of this node’s own parties: listed, failing or withdrawing.',
    labelNames: ['service', 'status'] as const,
    registers,
  })
  return (copies) => {
    for (const { service, ageMilliseconds, registrations: own, ...copy } of copies) {
      listed.set({ service }, copy.listed)
      setAside.set({ service }, copy.setAside)
      if (ageMilliseconds !== undefined) age.set({ service }, ageMilliseconds / 1000)
      for (const [status, count] of Object.entries(own)) registrations.set({ service, status }, count)
    }
  }
}

function createIndexMeter(registry: Registry): IndexMeter {
  const registers = [registry]
  const size = new Gauge({
    name: 'bronnet_index_size',
    help: 'What the index of the network holds, by kind; failing catalogues and refused datasets among them.',
    labelNames: ['kind'] as const,
    registers,
  })
  const looks = new Counter({
    name: 'bronnet_index_catalogue_looks_total',
    help: 'Looks at catalogues of others, by outcome: good, or the code of why it does not count.',
    labelNames: ['outcome'] as const,
    registers,
  })
  return {
    countLook: (outcome) => looks.inc({ outcome }),
    setIndex(counts) {
      for (const [kind, count] of Object.entries(counts)) size.set({ kind }, count)
    },
  }
}
