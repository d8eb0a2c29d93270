import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createAudit } from '../../node/audit/audit.js'
import type { AuditEvent } from '../../node/audit/event.js'
import { toCanonical } from '../../node/audit/canonical.js'
import { systemClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { Secret } from '../../node/kernel/secret.js'
import type { Store } from '../../node/stores/contracts.js'
import { openLevelStore } from '../../node/stores/level.js'
import { openPostgresStore } from '../../node/stores/postgres.js'

const usage = `Usage: npm run bench:audit [-- --quick] [-- --directory DIR] [-- --url postgresql://…]

How many requests a second can be accounted for, with a durable decision and a durable outcome each, as a share of the
synced pairs that the store itself can do: the same values, made beforehand, by as many callers, by turns in the same run.

  --quick          shorter and fewer runs
  --directory DIR  where the store is made and removed again: a real disk, or syncing costs nothing
  --url URL        a PostgreSQL database in the place of the embedded store; it must be empty`

const callers = [1, 16, 64]
const node = { name: 'bench', version: 'bench' }

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      directory: { type: 'string', default: tmpdir() },
      url: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(`${usage}\n`)
    return
  }
  const length = values.quick ? { runs: 25, milliseconds: 100 } : { runs: 75, milliseconds: 200 }
  await mkdir(values.directory, { recursive: true })
  const directory = await mkdtemp(join(values.directory, 'bronnet-bench-'))
  const deps = { clock: systemClock, log: silentLog }
  const store =
    values.url === undefined
      ? await openLevelStore({ ...deps, directory })
      : await openPostgresStore({ ...deps, url: Secret.of(values.url) })
  try {
    process.stdout.write(
      'callers   store, pairs/s   with audit, pairs/s   share of the middle half   CPU us/pair, store and audit\n',
    )
    for (const count of callers) process.stdout.write(`${await compare(store, count, length)}\n`)
  } finally {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
}

/** One line of the table. */
async function compare(
  store: Store,
  count: number,
  { runs, milliseconds }: { readonly runs: number; readonly milliseconds: number },
): Promise<string> {
  const audit = createAudit({ store, clock: systemClock, node, pseudonymKey: Buffer.alloc(32, 7) })
  const time = new Date(systemClock.now()).toISOString()
  const made = [decided, answered].map((event) => toCanonical({ event, node, time }))
  const bare = async (): Promise<void> => {
    for (const value of made) await store.journal.append(value)
  }
  const accounted = async (): Promise<void> => {
    const decision = await audit.record({ ...decided, object: { ...decided.object, filters: pseudonyms(audit) } })
    await audit.record({ ...answered, decision })
  }
  const runsOf: Record<'bare' | 'accounted', Measured[]> = { bare: [], accounted: [] }
  for (let run = -3; run < runs; run += 1) {
    // Short and by turns, so that what else the machine does meets both alike; the first runs are for the compiler.
    const pair = {
      bare: await measure(bare, count, milliseconds),
      accounted: await measure(accounted, count, milliseconds),
    }
    if (run < 0) continue
    runsOf.bare.push(pair.bare)
    runsOf.accounted.push(pair.accounted)
  }
  const rate = (of: 'bare' | 'accounted') => middleMean(runsOf[of].map(({ perSecond }) => perSecond))
  const cpu = (of: 'bare' | 'accounted') => middleMean(runsOf[of].map(({ microseconds }) => microseconds)).toFixed(0)
  return [
    String(count).padStart(7),
    rate('bare').toFixed(0).padStart(15),
    rate('accounted').toFixed(0).padStart(20),
    `${((rate('accounted') / rate('bare')) * 100).toFixed(0)} %`.padStart(24),
    `${cpu('bare')} ${cpu('accounted')}`.padStart(28),
  ].join(' ')
}

/** The mean of the middle half: a neighbour's burst is in neither. */
function middleMean(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.slice(Math.floor(sorted.length / 4), Math.ceil((sorted.length * 3) / 4))
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

interface Measured {
  readonly perSecond: number
  /** CPU time of this process per time, all threads. */
  readonly microseconds: number
}

/** How often a second `work` is done by so many callers that never rest. */
async function measure(work: () => Promise<void>, count: number, milliseconds: number): Promise<Measured> {
  const began = performance.now()
  const cpuBefore = process.cpuUsage()
  let done = 0
  await Promise.all(
    Array.from({ length: count }, async () => {
      while (performance.now() - began < milliseconds) {
        await work()
        done += 1
      }
    }),
  )
  const { user, system } = process.cpuUsage(cpuBefore)
  return { perSecond: (done / (performance.now() - began)) * 1000, microseconds: (user + system) / done }
}

const about = {
  action: 'read',
  party: 'ciz',
  actor: {
    did: 'did:web:zorgkantoor.example.nl:iam:00000000-0000-4000-8000-000000000000',
    organization: 'Zorgkantoor Noord',
    role: 'zorgkantoor',
    identifier: 'uzovi:5999',
  },
  rule: 'indicatieregister/eigen-regio@1',
  purpose: 'WLZ_UITVOERING',
  grondslag: 'Wlz 9.1.3',
  evidence: ['did:web:stelsel.example.nl:iam:1#00000000-0000-4000-8000-000000000001'],
  trace: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' },
} as const satisfies Partial<AuditEvent>
const object = {
  source: 'indicatieregister',
  operation: 'wlzIndicatie',
  template: 'q7pnnVqyN2dJm0O0iLwB9gV0sSxG6k1v9m2Yk8Qk3aE',
  filters: {},
  fields: ['bsn', 'besluitnummer', 'afgiftedatum', 'ingangsdatum', 'einddatum', 'meerzorg'],
  scope: 'registers/wlzindicatieregister/indicaties/indicatie:read',
}
/** What a guarded read says before and after. */
const decided = { ...about, code: 'read.decided', outcome: 'success', object } as const satisfies AuditEvent
const answered = {
  ...about,
  code: 'read.answered',
  outcome: 'success',
  object: { ...object, recordCount: 1 },
} as const satisfies AuditEvent

function pseudonyms(audit: { pseudonym(kind: string, value: string): string }): Readonly<Record<string, string>> {
  const filters = { wlzindicatieID: '00000000-0000-4000-8000-000000000002', uzovi: '5999' }
  return Object.fromEntries(Object.entries(filters).map(([path, value]) => [path, audit.pseudonym(path, value)]))
}

await main()
