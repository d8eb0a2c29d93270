import { readFileSync } from 'node:fs'
import type { ServedSources } from '../access/served-sources.js'
import type { Audit } from '../audit/audit.js'
import type { CredentialVerifier } from '../credentials/verify-credential.js'
import { pathOfSource } from '../http/routes/sources.js'
import { nidRoutes, type NidFace } from '../http/routes/nid.js'
import type { Route } from '../http/exchange.js'
import { createVerifyClientCertificate, readPem } from '../identity/client-certificate.js'
import type { KeyStore } from '../identity/key-store.js'
import type { Parties } from '../identity/parties.js'
import type { Revocations } from '../identity/x509-revocation.js'
import { createRangeCheck } from '../kernel/address-guard.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { PublicUrls } from '../kernel/public-urls.js'
import { createProfiles, type Profiles } from '../policy/profiles.js'
import type { Store } from '../stores/contracts.js'
import type { TokenStore } from '../tokens/token-store.js'
import { createGrantNid } from '../tokens/nid/grant-nid.js'
import { createKnownParties } from '../tokens/nid/known-parties.js'
import { createMakeNidToken } from '../tokens/nid/nid-token.js'
import type { Configuration } from '../../schemas/configuration.js'

/** What the face needs of the rest of the node. */
export interface ComposeNidDeps {
  readonly configuration: Configuration
  readonly publicUrls: Pick<PublicUrls, 'all'>
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly keyStore: Pick<KeyStore, 'secretFor'>
  readonly parties: Parties
  readonly revocations: Revocations
  readonly verifier: CredentialVerifier
  readonly servedSources: ServedSources
  readonly netwerkpunten: {
    /** The profiles of the netwerkpunt of a party at this address. */
    readonly profilesAt: (subject: string, address: string) => Profiles | undefined
  }
  readonly tokenStore: TokenStore
}

/**
 * The part of `compose.ts` that builds the token request of the iWlz afsprakenstelsel; no routes where no party has it.
 * @throws `config.invalid` for a file that cannot be read or used
 */
export function composeNid(deps: ComposeNidDeps): readonly Route[] {
  const { configuration, publicUrls, parties, servedSources } = deps
  const makeNidToken = createMakeNidToken({ parties, claimsKey: deps.keyStore.secretFor('nid claims') })
  const faces = new Map<string, NidFace>()
  for (const { subject, nid, sources } of configuration.parties) {
    if (nid === undefined) continue
    const profilesAt = new Map(
      sources.flatMap(({ name }) => {
        const served = servedSources.find(subject, name)
        return served === undefined
          ? []
          : publicUrls.all.map(
              (url) => [`${url}${pathOfSource(subject, name, served)}`, createProfiles([served.pack])] as const,
            )
      }),
    )
    faces.set(subject, {
      isAllowed: nid.networks.length === 0 ? () => true : createRangeCheck(nid.networks),
      grant: createGrantNid({
        ...deps,
        subject,
        issuer: nid.issuer,
        lifetimeSeconds: nid.lifetimeSeconds,
        makeNidToken,
        verifyClientCertificate: createVerifyClientCertificate({
          ...deps,
          authorities: nid.authorities === undefined ? undefined : readAuthorities(nid.authorities),
        }),
        knownParties: createKnownParties({ ...deps, known: nid.known, readFile }),
        profilesAt: (audience) => profilesAt.get(audience) ?? deps.netwerkpunten.profilesAt(subject, audience),
      }),
    })
  }
  if (faces.size === 0) return []
  const { clientCertificate } = configuration.http.public
  return nidRoutes({
    faceOf: (subject) => faces.get(subject),
    certificateHeader: clientCertificate?.header,
    isProxy: createRangeCheck(clientCertificate?.proxies ?? []),
  })
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new NodeError('config.invalid', { cause, notes: [`parties: ${path} cannot be read`] })
  }
}

function readAuthorities(path: string): readonly string[] {
  const text = readFile(path)
  try {
    return readPem(text)
  } catch (cause) {
    throw new NodeError('config.invalid', { cause, notes: [`parties: ${path} holds no certificates`] })
  }
}
