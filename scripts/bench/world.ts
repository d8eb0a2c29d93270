import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAudit } from '../../node/audit/audit.js'
import type { Credential } from '../../node/credentials/credential.js'
import { matchDefinition } from '../../node/credentials/exchange/match.js'
import { createSubmission } from '../../node/credentials/exchange/submission.js'
import { createIssuer } from '../../node/credentials/issue.js'
import { createLinkedData } from '../../node/credentials/proofs/linked-data.js'
import { createPresent } from '../../node/credentials/present.js'
import { createAllocateStatus } from '../../node/credentials/status/allocate.js'
import { createTrust } from '../../node/credentials/trust.js'
import { makeSignInToken } from '../../node/http/sign-in/make-sign-in-token.js'
import { openFileKeyStore } from '../../node/identity/file-key-store.js'
import { toSshPublicKey } from '../../node/identity/ssh-public-key.js'
import { createParties } from '../../node/identity/parties.js'
import type { Party } from '../../node/identity/party.js'
import { createFixedClock, type Instant } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { randomId } from '../../node/kernel/random.js'
import { Secret } from '../../node/kernel/secret.js'
import { compilePack, readPacks, type CredentialProfile } from '../../node/policy/pack.js'
import { openLevelStore } from '../../node/stores/level.js'
import { createMemoryStore } from '../../node/stores/memory.js'
import { vpTokenGrantType } from '../../node/tokens/grant-vp-token.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import type { PublicKey } from '../../schemas/jwk.js'

/**
 * What is shown for a token: the membership of a zorgkantoor alone, or with an authorization for one record; or that of a
 * zorgaanbieder.
 */
export type Shown = 'membership' | 'authorization' | 'care'

/** How a token is asked. */
export interface TokenKind {
  readonly shown: Shown
  /** Whether every request brings credentials that the node has not seen before. */
  readonly fresh: boolean
}

/** A node to measure, before it runs: a bronhouder (keeper of a source), a requester and an issuer of memberships. */
export interface BenchWorld {
  readonly configuration: ConfigurationInput
  /** The same, with sign-in on the internal listener. */
  readonly signInConfiguration: ConfigurationInput
  /** A new token of the application that may sign in there. */
  makeSignInToken(): string
  /** The key that presentations are signed with. */
  readonly requesterKey: PublicKey
  /** How long the credentials are of which a request of this kind makes the node check the signature. */
  lengthsToCheck(kind: TokenKind): readonly number[]
  /** The bodies of `count` token requests, each with a new presentation. */
  signTokenRequests(kind: TokenKind, count: number): Promise<readonly string[]>
}

const url = 'http://localhost:7999'
const application = 'application'
const passphrase = 'only for the benchmark'
const scopeOf: Readonly<Record<Shown, string>> = {
  membership: 'registers/wlzindicatieregister/indicaties/indicatie:read',
  authorization: 'registers/wlzindicatieregister/indicaties/autorisatie:read',
  care: 'huisartsen/patientsamenvatting:read',
}

/** Where everything about the benchmark's node is called the same. */
export const names = {
  bronhouder: 'ciz',
  requester: 'zorgkantoor',
  source: 'indicatieregister',
  fhirSource: 'patientsamenvatting',
} as const

/** With which the node makes itself known to the FHIR server behind it. */
export const fhirServerHeader = 'Bearer of-the-benchmark'

/**
 * Makes the parties in `directory`, as a node would that ran before. All three are parties of that node, so that no DID
 * has to be fetched. The clock stands still at `now`: presentations live five seconds.
 * @param fhirServer base URL of the server that its FHIR source is in front of
 */
export async function prepareWorld(directory: string, now: Instant, fhirServer: string): Promise<BenchWorld> {
  const clock = createFixedClock(now)
  const keyStore = await openFileKeyStore({ directory: join(directory, 'keys'), passphrase: Secret.of(passphrase) })
  const stored = await openLevelStore({ directory: join(directory, 'store'), clock, log: silentLog })
  const audit = createAudit({
    store: stored,
    clock,
    node: { name: 'bench', version: '0' },
    pseudonymKey: keyStore.secretFor('audit pseudonyms'),
  })
  const parties = createParties({ store: stored, keyStore, audit, clock, url })
  const bronhouder = await parties.create({ subject: names.bronhouder })
  const requester = await parties.create({ subject: names.requester })
  const stelselbeheerder = await parties.create({ subject: 'stelselbeheerder' })
  await stored.close()
  const requesterKey = requester.keys[0]?.publicKey
  if (requesterKey === undefined) throw new Error('the requester has no key')

  const trusted = { LedenadministratieCredential: [stelselbeheerder.did] }
  // The node has the store now: what is remembered of these signatures goes nowhere.
  const memory = createMemoryStore({ clock })
  const signing = {
    store: memory,
    audit: createAudit({
      store: memory,
      clock,
      node: { name: 'bench', version: '0' },
      pseudonymKey: keyStore.secretFor('benchmark'),
    }),
    clock,
  }
  const signers = createParties({ ...signing, keyStore, url })
  const issuer = createIssuer({
    ...signing,
    parties: signers,
    statusLists: { allocate: createAllocateStatus({ store: memory, url, restoredAt: 0 }) },
    linkedData: createLinkedData({ examples: false }),
  })
  const issueAll = (shown: Shown): Promise<readonly Credential[]> =>
    Promise.all(
      [
        { issuer: stelselbeheerder, type: 'LedenadministratieCredential', subject: membershipOf(requester, shown) },
        { issuer: bronhouder, type: 'AutorisatieCredential', subject: authorizationOf(requester) },
      ]
        .slice(0, shown === 'authorization' ? 2 : 1)
        .map((request) => issuer.issue({ ...request, status: [], expiresAt: now + 86_400_000 })),
    )
  const known = {
    membership: await issueAll('membership'),
    authorization: await issueAll('authorization'),
    care: await issueAll('care'),
  }
  const profiles = await compileProfiles(bronhouder, trusted)
  const present = createPresent({ clock, parties: signers })

  async function signTokenRequest({ shown, fresh }: TokenKind): Promise<string> {
    const credentials = fresh ? await issueAll(shown) : known[shown]
    const definition = profiles(scopeOf[shown]).definitions.organization
    const match = matchDefinition(definition, credentials)
    const submission = createSubmission({ id: randomId(), definition, match, order: credentials })
    const audience = parties.issuerUrl(bronhouder)
    return new URLSearchParams({
      grant_type: vpTokenGrantType,
      client_id: parties.issuerUrl(requester),
      assertion: await present({ party: requester, audience, credentials, validSeconds: 5 }),
      presentation_submission: JSON.stringify(submission),
      scope: scopeOf[shown],
    }).toString()
  }

  const applicationKey = generateKeyPairSync('ed25519').privateKey
  const { type, blob } = toSshPublicKey(applicationKey)
  const authorizedKeysPath = join(directory, 'authorized_keys')
  await writeFile(authorizedKeysPath, `role="application" ${type} ${blob.toString('base64')} ${application}\n`)

  const configuration = configure(directory, trusted, await fhirSourceAt(directory, fhirServer))
  return {
    configuration,
    signInConfiguration: withSignIn(configuration, authorizedKeysPath),
    makeSignInToken: () =>
      makeSignInToken(applicationKey, { user: application, audience: 'bench', now, lifeSeconds: 3600 }),
    requesterKey,
    lengthsToCheck: ({ shown, fresh }) => (fresh ? known[shown].map(({ raw }) => raw.length) : []),
    signTokenRequests: (kind, count) => Promise.all(Array.from({ length: count }, () => signTokenRequest(kind))),
  }
}

type Trusted = Readonly<Record<string, string[]>>

type Sources = NonNullable<NonNullable<ConfigurationInput['parties']>[number]['sources']>

async function fhirSourceAt(directory: string, url: string): Promise<Sources> {
  const headerFile = join(directory, 'fhir-server-header')
  await writeFile(headerFile, `${fhirServerHeader}\n`)
  const pack = names.fhirSource
  return [{ name: pack, kind: 'fhir', schema: 'fhir-r4', pack, upstream: { url, headerFile } }]
}

function configure(directory: string, trust: Trusted, others: Sources): ConfigurationInput {
  const pack = names.source
  const seed = packageFile('scripts', 'demo', 'seed', 'indicatieregister.json')
  return {
    strictmode: false,
    url,
    name: 'bench',
    storage: { url: `level:${directory}` },
    keys: { passphrase },
    http: { public: { host: '127.0.0.1', port: 0 }, internal: { host: '127.0.0.1', port: 0 } },
    parties: [
      {
        subject: names.bronhouder,
        sources: [{ name: names.source, kind: 'register', schema: 'indicatieregister-2', pack, seed }, ...others],
      },
    ],
    trust,
  }
}

function withSignIn(configuration: ConfigurationInput, authorizedKeysPath: string): ConfigurationInput {
  const { http } = configuration
  const auth = { type: 'token_v2', audience: 'bench', authorizedKeysPath } as const
  return { ...configuration, http: { ...http, internal: { ...http?.internal, auth } } }
}

async function compileProfiles(bronhouder: Party, trusted: Trusted): Promise<(scope: string) => CredentialProfile> {
  const packs = await readPacks(packageFile('policies'))
  const compiled = [names.source, names.fhirSource].flatMap((name) => {
    const data = packs.get(name)
    return data === undefined ? [] : [compilePack(data, { bronhouder: bronhouder.did, trust: createTrust(trusted) })]
  })
  return (scope) => {
    const profile = compiled.flatMap(({ profiles }) => profiles).find((candidate) => candidate.scope === scope)
    if (profile === undefined) throw new Error(`no pack has the scope ${scope}`)
    return profile
  }
}

function membershipOf({ did }: Party, shown: Shown): Readonly<Record<string, unknown>> {
  const organization =
    shown === 'care'
      ? { name: 'Zorgaanbieder', city: 'Noordstad', id: '06999901', id_type: 'agb', role: 'zorgaanbieder' }
      : { name: 'Zorgkantoor Noord', city: 'Noordstad', id: '5999', id_type: 'uzovi', role: 'zorgkantoor' }
  return { id: did, organization }
}

function authorizationOf({ did }: Party): Readonly<Record<string, unknown>> {
  const path = '/wlzIndicatie/00000000-0000-4000-8000-000000000000'
  return {
    id: did,
    legalBase: { consentType: 'implicit', evidence: { path, type: 'wlzIndicatie' } },
    purposeOfUse: 'WLZ_UITVOERING',
    resources: [{ path, operations: ['query'], userContext: false }],
    localParameters: { fields: ['WlzIndicatie.wlzindicatieID', 'WlzIndicatie.ingangsdatum', 'WlzIndicatie.meerzorg'] },
  }
}
