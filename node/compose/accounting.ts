import type { KeyObject } from 'node:crypto'
import { createAnchor } from '../audit/anchor.js'
import { createAnchored } from '../audit/anchored.js'
import type { Audit } from '../audit/audit.js'
import { importAuditKey, verifyCheckpoint } from '../audit/checkpoint.js'
import { openCheckpointFile } from '../audit/checkpoint-file.js'
import { createCheckpoints } from '../audit/checkpoints.js'
import { startExport } from '../audit/export.js'
import { closeOpenIntents } from '../audit/repair.js'
import { createRetention } from '../audit/retention.js'
import { createSelfCheck, type AuditMeter } from '../audit/self-check.js'
import type { Route } from '../http/exchange.js'
import { anchorRoutes, auditRoutes, type AuditRoutesDeps } from '../http/routes/audit.js'
import type { Dependency } from '../http/routes/operations.js'
import type { KeyStore } from '../identity/key-store.js'
import type { Background } from '../kernel/background.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Outbound } from '../kernel/outbound.js'
import { checkpointDirectory } from '../resources.js'
import type { SignBackup } from '../stores/backup/format.js'
import type { JournalPoint, Store } from '../stores/contracts.js'
import type { Leases } from '../stores/lease.js'
import { auditKeySchema } from '../../schemas/audit-checkpoint.js'
import type { Configuration } from '../../schemas/configuration.js'

/** The key that signs checkpoints; no party has it. */
const auditKeyId = 'bronnet:audit'
const dayMilliseconds = 86_400_000
const repairEveryMilliseconds = 600_000
/** No read takes so long. */
const longestReadMilliseconds = 120_000

/** What makes the journal one that others can check. */
export interface Accounting {
  readonly publicRoutes: readonly Route[]
  readonly internalRoutes: readonly Route[]
  /** Fails while the last check of the journal found a fault. */
  readonly dependency: Dependency
  /** What the newest checkpoint says, outside the store; `undefined` when there is none that this node signed. */
  readonly newest: JournalPoint | undefined
  readonly signBackup: SignBackup
  /** Lets the journal of a restored store go on: the checkpoints of what is lost are set aside. */
  beginAnew(): Promise<void>
  /** Accounts for the start, after a look at what was written last, and begins to sign, to tell others and to check. */
  start(background: Background): Promise<void>
  /** Accounts for the stop and signs the end. What cannot be said does not keep the node from stopping. */
  stop(): Promise<void>
}

export interface AccountingDeps {
  readonly configuration: Configuration
  readonly store: Store
  readonly leases: Leases
  readonly clock: Clock
  readonly log: Log
  readonly outbound: Outbound
  readonly keyStore: KeyStore
  readonly audit: Audit
  readonly metrics: { readonly audit: AuditMeter }
  /** The public URL of the node. */
  readonly url: string
}

/** @throws `audit.unavailable` when the checkpoints cannot be kept, `identity.key_store_closed` */
export async function createAccounting(deps: AccountingDeps): Promise<Accounting> {
  const { configuration, store, leases, clock, log, outbound, keyStore, audit, url } = deps
  const meter = deps.metrics.audit
  const publicKey = auditKeySchema.parse(await keyStore.createKey(auditKeyId, 'EdDSA'))
  const file = await openCheckpointFile(checkpointDirectory(configuration), publicKey)
  const sign = (data: string): Promise<Buffer> => keyStore.sign(auditKeyId, data)
  const checkpoints = await createCheckpoints({ store, clock, file, publicKey, sign, node: url })
  const key = importAuditKey(publicKey)
  const selfCheck = createSelfCheck({ journal: store.journal, checkpoints, key, log, meter })
  const { anchors, anchoring, checkpointSeconds, retentionYears, retentionGround, holdFrom } = configuration.audit
  const retention = createRetention({
    store,
    audit,
    clock,
    checkpoints,
    years: retentionYears,
    holdFrom: holdFrom === undefined ? undefined : Date.parse(holdFrom),
  })
  const intervalMilliseconds = checkpointSeconds * 1000

  function startJobs(background: Background): void {
    const makeWhenDue = async (): Promise<void> => {
      if (await checkpoints.isDue()) await checkpoints.make()
    }
    background.every({ job: 'audit checkpoint', intervalMilliseconds, run: makeWhenDue })
    for (const anchor of anchors) {
      const tell = createAnchor({ outbound, checkpoints, log, anchor })
      background.every({
        job: `audit anchor ${anchor}`,
        intervalMilliseconds,
        async run() {
          // One replica at a time, and with what is newest now: an older one after a newer one looks like a rewritten past.
          await leases.attempt(['audit anchor', anchor.slice(0, 500)], async () => {
            await makeWhenDue()
            await tell()
          })
        },
      })
    }
    background.every({
      job: 'audit verification',
      intervalMilliseconds: dayMilliseconds,
      async run(signal) {
        await file.thin(clock.now())
        await selfCheck.checkAll(signal)
      },
    })
    background.every({
      job: 'audit repair',
      intervalMilliseconds: repairEveryMilliseconds,
      async run() {
        await closeOpenIntents({ store, audit, clock }, { olderThanMilliseconds: longestReadMilliseconds })
      },
    })
    if (retentionGround === undefined) return
    background.every({
      job: 'audit retention',
      intervalMilliseconds: dayMilliseconds,
      atOnce: true,
      async run() {
        await leases.attempt(['audit retention'], async () => {
          await retention.remove({ before: retention.limit(), ground: retentionGround })
        })
      },
    })
  }

  const parts: AuditRoutesDeps = {
    audit,
    checkpoints,
    anchored: createAnchored({ store, nodes: anchoring, log, meter }),
    retention,
    startExport: (request) => startExport({ journal: store.journal, audit, checkpoints, node: url }, request),
  }
  return {
    publicRoutes: anchorRoutes(parts),
    internalRoutes: auditRoutes(parts),
    signBackup: sign,
    newest: newestOf(checkpoints.list().at(-1), key),
    async beginAnew() {
      await file.setAside(clock.now())
      await selfCheck.checkTail()
    },
    dependency: { name: 'audit', check: async () => selfCheck.requireIntact() },
    async start(background) {
      await selfCheck.checkTail()
      // Alone on its store, nothing is under way when a node starts; replicas may be at work.
      const olderThanMilliseconds = isShared(configuration) ? longestReadMilliseconds : 0
      await closeOpenIntents({ store, audit, clock }, { olderThanMilliseconds })
      await audit.record({ code: 'node.started', action: 'execute', outcome: 'success' })
      startJobs(background)
    },
    async stop() {
      try {
        await audit.record({ code: 'node.stopped', action: 'execute', outcome: 'success' })
        await checkpoints.make()
      } catch (cause) {
        log.warn('the end of the audit journal is not signed', { code: NodeError.codeOf(cause) })
      }
    },
  }
}

function isShared({ storage }: Configuration): boolean {
  return storage.url.startsWith('postgres')
}

function newestOf(compact: string | undefined, key: KeyObject): JournalPoint | undefined {
  if (compact === undefined) return undefined
  try {
    const { size, root } = verifyCheckpoint(compact, key)
    return { number: size, hash: root }
  } catch {
    // The check of the journal's tail says so and raises the alarm.
    return undefined
  }
}
