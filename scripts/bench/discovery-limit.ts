import { verify } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { importJwk } from '../../node/identity/public-key.js'
import type { Country, Registered } from './discovery-members.js'

/** A registration, and the key that it is signed with. */
export interface Made extends Registered {
  readonly jwk: Parameters<typeof importJwk>[0]
}

/** Lets the first `count` members register. */
export function register(country: Country, count: number): readonly Made[] {
  return country.members.slice(0, count).map((member) => {
    const { kty = '', crv = '', x = '', y = '' } = member.publicKey.export({ format: 'jwk' })
    return { ...country.register(member), jwk: { kty, crv, x, y } }
  })
}

/** What signature checks cost. */
export interface Limit {
  /** Seconds with the keys, and without reading them. */
  readonly all: number
  readonly signatures: number
  readonly cpuSeconds: number
}

/** The signature checks that nobody can leave out, one after the other. */
export function checkSignatures(made: readonly Made[], country: Country): Limit {
  let signatures = 0
  const issuerKey = country.issuer.publicKey
  const check = (compact: string, key: typeof issuerKey): void => {
    const end = compact.lastIndexOf('.')
    const startedAt = performance.now()
    const input = Buffer.from(compact.slice(0, end), 'latin1')
    const signature = Buffer.from(compact.slice(end + 1), 'base64url')
    if (!verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature)) throw new Error('not good')
    signatures += performance.now() - startedAt
  }
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  for (const { presentation, credential, jwk } of made) {
    const imported = importJwk(jwk)
    if (imported === undefined) throw new Error('not a key')
    check(presentation, imported.key)
    check(credential, issuerKey)
  }
  const all = (performance.now() - startedAt) / 1000
  return { all, signatures: signatures / 1000, cpuSeconds: cpuSecondsSince(cpu) }
}

/** CPU time of all threads. */
export function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000_000
}
