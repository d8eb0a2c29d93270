import { createHash } from 'node:crypto'
import type { Audit } from '../../audit/audit.js'
import { toRfc3339, type Clock, type Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import { put, remove, type Collection, type Store } from '../../stores/contracts.js'
import { readAll } from '../../stores/read-all.js'
import { retryConflict } from '../../stores/retry-conflict.js'
import type { AddressEnvironment } from '../../../schemas/wire/address-book.js'
import { addressKey, type Address } from './address.js'
import { readList } from './read-list.js'
import { writeList } from './write-list.js'

/** The last import. It stays when it is over, so that it can be seen that it is. */
export interface Imported {
  readonly at: Instant
  readonly by: string
  /** `sha-256:` and base64url, of the list as this node writes it. */
  readonly digest: string
  readonly validUntil: Instant
  readonly addresses: number
}

/** Who does something, for the journal. */
interface Request {
  readonly by: string | undefined
  readonly trace: Trace
}

/** The iWlz address book of this node: one list, on the word of who imported it. */
export interface AddressBook {
  /**
   * Puts a list in the place of the one before, in one atomic batch with its account. After `validUntil` nothing of it is
   * found any more.
   * @throws `discovery.address_list_malformed` with every fault, unless `skipBroken`; `request.bad_parameters` for an end that is over
   *   or more than a year away
   */
  import(
    request: Request & {
      readonly by: string
      readonly list: unknown
      readonly validUntil: Instant
      readonly skipBroken: boolean
    },
  ): Promise<{ readonly imported: Imported; readonly leftOut: readonly string[] }>
  /** The list as the format has it, of what counts now; an event. @throws `audit.unavailable` */
  export(request: Request & { readonly environment: AddressEnvironment | undefined }): Promise<object>
  lastImport(): Promise<Imported | undefined>
  /** An address that counts now, and until when. */
  find(
    named: Pick<Address, 'environment' | 'organization' | 'code'>,
  ): Promise<(Address & Pick<Imported, 'at' | 'validUntil'>) | undefined>
}

/** By environment, organisation and code. A record leaves with the end of its list, whoever asks. */
const addresses: Collection<Address & Pick<Imported, 'at' | 'validUntil'>> = { name: 'address-book' }
const imports: Collection<Imported> = { name: 'address-book-imports' }
const lastKey = ['last']

const longestMilliseconds = 366 * 86_400_000

export function createAddressBook(deps: {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  /** Takes http on this machine: for development. */
  readonly loopback: boolean
}): AddressBook {
  const { store, audit, clock, loopback } = deps
  return {
    async import({ list, validUntil, by, skipBroken, trace }) {
      const at = clock.now()
      if (!(validUntil > at && validUntil <= at + longestMilliseconds))
        throw new NodeError('request.bad_parameters', { notes: ['validUntil: must be within a year from now'] })
      const { addresses: read, faults } = readList(list, { loopback })
      if (faults.length > 0 && !skipBroken)
        throw new NodeError('discovery.address_list_malformed', { notes: faults.slice(0, mostFaults) })
      const imported: Imported = { at, by, digest: digestOf(read), validUntil, addresses: read.length }
      await retryConflict(async () => {
        const last = await store.records.get(imports, lastKey)
        const known = await readAll(store.records, addresses)
        const kept = new Set(read.map((address) => JSON.stringify(addressKey(address))))
        await store.write([
          put(imports, lastKey, imported, { expected: last?.version ?? 'absent' }),
          ...known.flatMap(({ key }) => (kept.has(JSON.stringify(key)) ? [] : [remove(addresses, key)])),
          ...read.map((address) =>
            put(addresses, addressKey(address), { ...address, at, validUntil }, { expiresAt: validUntil }),
          ),
          audit.operation({
            code: 'addressbook.imported',
            action: 'update',
            outcome: 'success',
            actor: { user: { id: by } },
            object: { recordCount: read.length, hash: Buffer.from(hashOf(read)).toString('hex') },
            reasons: [
              `it counts until ${toRfc3339(validUntil)}`,
              ...(faults.length === 0 ? [] : [`${String(faults.length)} faults in services that were left out`]),
            ],
            trace,
          }),
        ])
      })
      return { imported, leftOut: faults.slice(0, mostFaults) }
    },
    async export({ environment, by, trace }) {
      const found = await readAll(store.records, addresses, environment === undefined ? undefined : [environment])
      await audit.record({
        code: 'addressbook.exported',
        action: 'read',
        outcome: 'success',
        ...(by === undefined ? {} : { actor: { user: { id: by } } }),
        object: { recordCount: found.length },
        trace,
      })
      return writeList(found.map(({ value }) => value))
    },
    lastImport: async () => (await store.records.get(imports, lastKey))?.value,
    find: async (named) => (await store.records.get(addresses, addressKey(named)))?.value,
  }
}

/** More than anybody mends at once. */
const mostFaults = 100

function hashOf(read: readonly Address[]): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(writeList(read)))
    .digest()
}

function digestOf(read: readonly Address[]): string {
  return `sha-256:${hashOf(read).toString('base64url')}`
}
