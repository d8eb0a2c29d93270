import { checkServerIdentity, endsSoonMilliseconds, type ServerIdentity } from '../http/server-tls.js'
import { toRfc3339, type Clock, type Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import { readText } from './read-text.js'

const dayMilliseconds = 86_400_000

/** A certificate and its key in files that may be renewed. */
export interface WatchedIdentity {
  /** As it was read at the start. */
  readonly first: ServerIdentity
  /**
   * Looks at the files again: what was renewed is handed to `use`. What cannot be used is logged, and what was there before it
   * stays; so does a certificate whose key has not been written yet. Warns once a day when the end is near.
   */
  readonly refresh: (use: (identity: ServerIdentity) => void) => Promise<void>
}

export interface WatchIdentityDeps {
  /** The setting that names the files. */
  readonly setting: string
  readonly files: { readonly certificate: string; readonly key: string }
  /** What the certificate has to be for; whatever it is for when absent. */
  readonly hostname?: string | undefined
  /** How the log calls it. */
  readonly what: string
  readonly clock: Clock
  readonly log: Log
  /** Hears when the certificate in use ends. */
  readonly report?: (expiresAt: Instant) => void
}

/**
 * Reads a certificate and its key.
 * @throws `config.invalid` for files that cannot be read or used
 */
export async function watchIdentity(deps: WatchIdentityDeps): Promise<WatchedIdentity> {
  const { setting, files, clock, log, what } = deps
  const check = (identity: ServerIdentity): Instant => {
    try {
      return checkServerIdentity(identity, deps.hostname).expiresAt
    } catch (cause) {
      if (!NodeError.is(cause)) throw cause
      throw new NodeError(cause.code, { cause, notes: cause.notes.map((note) => `${setting}: ${note}`) })
    }
  }
  const read = async (): Promise<ServerIdentity> => {
    const [certificate, key] = await Promise.all([
      readText(`${setting}.certificate`, files.certificate),
      readText(`${setting}.key`, files.key),
    ])
    return { certificate, key }
  }
  const notUsed = (cause: unknown): undefined => {
    const notes = NodeError.is(cause) ? cause.notes : []
    log.error(`the ${what} could not be renewed: the one before it stays`, {
      code: NodeError.codeOf(cause),
      detail: notes.join('; '),
    })
    return undefined
  }

  const first = await read()
  let current = first
  let expiresAt = check(first)
  let warnedAt: Instant | undefined
  const lookAtEnd = (): void => {
    const now = clock.now()
    deps.report?.(expiresAt)
    if (expiresAt - now > endsSoonMilliseconds || (warnedAt !== undefined && now - warnedAt < dayMilliseconds)) return
    warnedAt = now
    log.warn(`the ${what} ends soon or has ended`, { detail: toRfc3339(expiresAt) })
  }
  lookAtEnd()
  let refused: ServerIdentity | undefined
  return {
    first,
    async refresh(use) {
      lookAtEnd()
      const found = await read().catch(notUsed)
      if (found === undefined || isSame(found, current) || (refused !== undefined && isSame(found, refused))) return
      try {
        const end = check(found)
        use(found)
        current = found
        expiresAt = end
        warnedAt = undefined
        log.info(`the ${what} was renewed`, { detail: toRfc3339(expiresAt) })
        lookAtEnd()
      } catch (cause) {
        // Looked at again when one of the files changes.
        refused = found
        notUsed(cause)
      }
    },
  }
}

function isSame(one: ServerIdentity, other: ServerIdentity): boolean {
  return one.certificate === other.certificate && one.key === other.key
}
