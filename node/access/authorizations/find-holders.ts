import { z } from 'zod'
import type { Listing } from '../../discovery/listing.js'

/** Finds the DID of the one party that is listed with this number in one of these roles; `undefined` for none or several. */
export type FindHolder = (kind: string, number: string, roles: readonly string[]) => string | undefined

const organizationSchema = z.looseObject({
  organization: z.looseObject({ role: z.string(), id_type: z.string(), id: z.string() }),
})

/** Reads who is listed, once, for many questions. What is listed was verified when it came. */
export async function readHolders(deps: {
  readonly services: readonly string[]
  readonly listings: (service: string) => AsyncIterable<Listing>
  readonly now: number
}): Promise<FindHolder> {
  const found = new Map<string, Set<string>>()
  for (const service of deps.services) {
    for await (const { signer, expiresAt, credentials } of deps.listings(service)) {
      if (expiresAt <= deps.now) continue
      for (const { type, subject } of credentials) {
        const parsed = organizationSchema.safeParse(subject)
        if (type !== 'LedenadministratieCredential' || !parsed.success) continue
        const { role, id_type: kind, id } = parsed.data.organization
        const key = `${kind} ${id} ${role}`
        found.set(key, (found.get(key) ?? new Set()).add(signer))
      }
    }
  }
  return (kind, number, roles) => {
    const signers = new Set(roles.flatMap((role) => [...(found.get(`${kind} ${number} ${role}`) ?? [])]))
    return signers.size === 1 ? [...signers][0] : undefined
  }
}
