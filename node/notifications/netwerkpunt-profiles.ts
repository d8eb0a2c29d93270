import { readFileSync } from 'node:fs'
import type { Trust } from '../credentials/trust.js'
import { packageFile } from '../kernel/package-root.js'
import { compileProfiles, type CredentialProfile, type ProfileData } from '../policy/pack.js'
import { memberRoles } from '../../schemas/credentials/ledenadministratie.js'
import { netwerkpuntScopesSchema } from '../../schemas/netwerkpunt/scopes.js'
import { scopesFor } from '../../schemas/wire/notification.js'

type MemberRole = (typeof memberRoles)[number]

/** The credential profiles of the netwerkpunt of one party, when it has this role. */
export type NetwerkpuntProfiles = (role: MemberRole | undefined) => readonly CredentialProfile[]

const defaults = { scopePolicy: 'profile-only', dpop: 'optional', liveStatus: true } as const

/**
 * Compiles what may be asked at a netwerkpunt for a party: with its own role in the scopes. As long as its role is not
 * known there is a profile for every role; the endpoint grants nothing to a scope of another role either way.
 * @throws `policy.pack_invalid`
 * @see iWlz RFC0014, scopes
 */
export function createNetwerkpuntProfiles(options: {
  readonly did: string
  readonly trust: Trust
}): NetwerkpuntProfiles {
  const file = packageFile('schemas', 'netwerkpunt', 'scopes.json')
  const data = netwerkpuntScopesSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const { organization } = data
  const pinning = { bronhouder: options.did, trust: options.trust }
  const compiled = new Map<MemberRole | undefined, readonly CredentialProfile[]>()
  return (role) => {
    const known = compiled.get(role)
    if (known !== undefined) return known
    const roles = role === undefined ? memberRoles : [role]
    const scopes = new Map<string, ProfileData['scopes'][number]>()
    for (const { scope: template, title } of data.scopes)
      for (const each of roles) {
        const [scope, ...aliases] = scopesFor(template, each)
        // Roles can share a segment.
        if (scope !== undefined) scopes.set(scope, { ...defaults, scope, aliases, title, organization })
      }
    const profiles = compileProfiles({ id: 'netwerkpunt', trust: {}, scopes: [...scopes.values()] }, pinning)
    compiled.set(role, profiles)
    return profiles
  }
}
