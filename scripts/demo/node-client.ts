import { z } from 'zod'
import type { AuditEntry } from '../../node/audit/audit.js'

/** The internal API of a node, as an administrator uses it. */
export interface NodeClient {
  /** The answer's JSON; `undefined` for an empty answer. @throws Error with the node's own words */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>
  /** The credentials in the wallet of a party, as compact JWTs. */
  wallet(subject: string): Promise<readonly string[]>
  /** The audit journal after an entry, to its end. */
  journal(after: number): Promise<readonly AuditEntry[]>
}

const walletSchema = z.array(z.string())
const journalPageSchema = z.object({ entries: z.array(z.custom<AuditEntry>()), next: z.number() })
const pageSize = 1000

/** An administrator's way to the node whose internal listener is at `internalUrl`. */
export function createNodeClient(internalUrl: string): NodeClient {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${internalUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${String(response.status)}: ${text}`)
    const answer: unknown = text === '' ? undefined : JSON.parse(text)
    return answer
  }
  return {
    call,
    wallet: async (subject) => walletSchema.parse(await call('GET', `/internal/vcr/v2/holder/${subject}/vc`)),
    async journal(after) {
      const found: AuditEntry[] = []
      for (let from = after; ;) {
        const path = `/internal/bronnet/v1/audit?after=${String(from)}&limit=${String(pageSize)}`
        const { entries, next } = journalPageSchema.parse(await call('GET', path))
        found.push(...entries)
        if (entries.length < pageSize) return found
        from = next
      }
    },
  }
}

const subjectSchema = z.object({ organization: z.object({ role: z.string() }).optional() })
const credentialSchema = z.object({
  jti: z.string(),
  vc: z.object({ type: z.array(z.string()), credentialSubject: z.union([subjectSchema, z.array(subjectSchema)]) }),
})

/** What a JWT credential that a node of ours issued says it is. Does not verify it. */
export function readCredential(compact: string): {
  readonly id: string
  readonly types: readonly string[]
  /** In a membership: as what its subject is a member. */
  readonly role: string | undefined
} {
  const payload: unknown = JSON.parse(Buffer.from(compact.split('.')[1] ?? '', 'base64url').toString())
  const { jti, vc } = credentialSchema.parse(payload)
  const [subject] = [vc.credentialSubject].flat()
  return { id: jti, types: vc.type, role: subject?.organization?.role }
}
