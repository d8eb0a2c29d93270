import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAnchored, type AnchoredNode } from '../../node/audit/anchored.js'
import { createAudit, type Audit } from '../../node/audit/audit.js'
import { openCheckpointFile } from '../../node/audit/checkpoint-file.js'
import { createCheckpoints, type Checkpoints } from '../../node/audit/checkpoints.js'
import { startExport } from '../../node/audit/export.js'
import { createRetention, type Retention } from '../../node/audit/retention.js'
import type { AuditMeter } from '../../node/audit/self-check.js'
import type { AuditRoutesDeps } from '../../node/http/routes/audit.js'
import { createFixedClock, type MovableClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import type { Store } from '../../node/stores/contracts.js'
import { createMemoryStore } from '../../node/stores/memory.js'
import { createMemoryKeyStore, moment, testNode } from './node-parts.js'
import { auditKeySchema, type AuditKey } from '../../schemas/audit-checkpoint.js'

/** A journal with its checkpoints, in memory but for the file of checkpoints. */
export interface AuditWorld extends AuditRoutesDeps {
  readonly clock: MovableClock
  readonly store: Store
  readonly audit: Audit
  readonly checkpoints: Checkpoints
  readonly retention: Retention
  readonly publicKey: AuditKey
  /** Where the checkpoints are. */
  readonly directory: string
  /** What the meter was told, in order. */
  readonly told: string[]
  end(): Promise<void>
}

const url = 'https://node.example.nl'

export async function createAuditWorld(
  options: {
    readonly store?: Store
    readonly clock?: MovableClock
    readonly nodes?: readonly AnchoredNode[]
    readonly holdFrom?: number
  } = {},
): Promise<AuditWorld> {
  const { clock = createFixedClock(moment), nodes = [] } = options
  const { store = createMemoryStore({ clock }) } = options
  const keyStore = createMemoryKeyStore()
  const audit = createAudit({ store, clock, node: testNode, pseudonymKey: keyStore.secretFor('audit pseudonyms') })
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-audit-'))
  const publicKey = auditKeySchema.parse(await keyStore.createKey('audit', 'EdDSA'))
  const file = await openCheckpointFile(directory, publicKey)
  const sign = (data: string): Promise<Buffer> => keyStore.sign('audit', data)
  const checkpoints = await createCheckpoints({ store, clock, file, publicKey, sign, node: url })
  const told: string[] = []
  const meter: AuditMeter = {
    setIntact: (isIntact) => told.push(isIntact ? 'intact' : 'not intact'),
    setCoveredThrough: (number) => told.push(`covered ${String(number)}`),
    countContradiction: () => told.push('contradiction'),
  }
  return {
    clock,
    store,
    audit,
    checkpoints,
    publicKey,
    directory,
    told,
    retention: createRetention({ store, audit, clock, checkpoints, years: 5, holdFrom: options.holdFrom }),
    anchored: createAnchored({ store, nodes, log: silentLog, meter }),
    startExport: (request) => startExport({ journal: store.journal, audit, checkpoints, node: url }, request),
    end: () => rm(directory, { recursive: true, force: true }),
  }
}
