import type { ServerResponse } from 'node:http'
import { createLinkedData } from '../../node/credentials/proofs/linked-data.js'
import { createVerifyProofs } from '../../node/credentials/proofs/verify-proofs.js'
import { createTrust } from '../../node/credentials/trust.js'
import { createBits, packBits, writeBit } from '../../node/credentials/status/bitstring.js'
import { createCheckStatus } from '../../node/credentials/status/check-status.js'
import type { Freshness } from '../../node/credentials/status/keep-lists.js'
import { createCredentialVerifier, type CredentialVerifier } from '../../node/credentials/verify-credential.js'
import { resolveDidJwk } from '../../node/identity/did-jwk.js'
import { createDidResolver } from '../../node/identity/resolve-did.js'
import { createFixedClock, epochSeconds, type MovableClock } from '../../node/kernel/clock.js'
import { silentLog, type Log } from '../../node/kernel/log.js'
import { createMemoryStore } from '../../node/stores/memory.js'
import { createTestHolder, memberSubject, testStart, type Json, type TestHolder } from './credentials.js'
import { createOutboundWorld, type TestServer } from './outbound-world.js'

/** How a list is unlike an honest one. */
export interface ListChanges {
  /** Places whose bit is set. */
  readonly set?: readonly number[]
  readonly subject?: Json
  readonly claims?: Json
  readonly vc?: Json
  readonly type?: string
  /** Who signs; the issuer of the membership unless given. */
  readonly by?: TestHolder
}

/** An issuer of memberships with a status list on a real server, and a node that verifies them. */
export interface StatusWorld {
  readonly clock: MovableClock
  readonly issuer: TestHolder
  readonly listUrl: string
  readonly server: TestServer
  readonly logged: readonly string[]
  /** The node, as it is after a restart: its memory is empty and its store is not. */
  restart(): void
  /** What the server answers from now on. */
  answer(how: (response: ServerResponse) => void): void
  /** Serves a list from now on, as JWT. */
  serveList(changes?: ListChanges): Promise<void>
  /** A membership with an entry in the list. */
  membership(entry?: Json): string
  verify(compact?: string, freshness?: Freshness): Promise<unknown>
  close(): Promise<void>
}

export async function createStatusWorld(allowed: readonly string[] = ['127.0.0.0/8']): Promise<StatusWorld> {
  const clock = createFixedClock(testStart)
  const issuer = createTestHolder()
  const holder = createTestHolder()
  const network = createOutboundWorld()
  const store = createMemoryStore({ clock })
  const outbound = network.createOutbound({ allowed })
  const logged: string[] = []
  const remember = (message: string, fields: object = {}): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { ...silentLog, warn: remember }
  let respond = (response: ServerResponse): void => void response.writeHead(404).end()
  const server = await network.serve((_, response) => respond(response))
  const listUrl = `http://127.0.0.1:${String(server.port)}/list`

  function start(): CredentialVerifier {
    const resolver = createDidResolver({ clock, methods: { jwk: resolveDidJwk }, own: async () => undefined })
    const trust = createTrust({ LedenadministratieCredential: [issuer.did] })
    const checkStatus = createCheckStatus({ clock, log, store, outbound, url: 'https://node.example' })
    const verifyProofs = createVerifyProofs({ clock, resolver, linkedData: createLinkedData({ examples: false }) })
    return createCredentialVerifier({ clock, resolver, verifyProofs, trust, checkStatus })
  }
  let verifier = start()

  const membership = (entry: Json = {}): string =>
    issuer.signVc({
      type: 'LedenadministratieCredential',
      subject: memberSubject(holder.did),
      now: testStart,
      claims: { exp: epochSeconds(testStart) + 30 * 24 * 3600 },
      vc: {
        credentialStatus: {
          id: `${listUrl}#7`,
          type: 'StatusList2021Entry',
          statusPurpose: 'revocation',
          statusListIndex: '7',
          statusListCredential: listUrl,
          ...entry,
        },
      },
    })

  return {
    clock,
    issuer,
    listUrl,
    server,
    logged,
    restart() {
      verifier = start()
    },
    answer(how) {
      respond = how
    },
    async serveList({ set = [], subject, claims, vc, type = 'StatusList2021Credential', by = issuer } = {}) {
      const bits = createBits()
      for (const index of set) writeBit(bits, index, true)
      const encodedList = await packBits(bits)
      const list = by.signVc({
        type,
        subject: { id: listUrl, type: 'StatusList2021', statusPurpose: 'revocation', encodedList, ...subject },
        now: clock.now(),
        claims: { exp: epochSeconds(clock.now()) + 24 * 3600, ...claims },
        ...(vc === undefined ? {} : { vc }),
      })
      respond = (response) => void response.writeHead(200, { 'content-type': 'application/vc+jwt' }).end(list)
    },
    membership,
    verify: (compact = membership(), freshness = 'usual') => verifier.verify(verifier.parse(compact), { freshness }),
    async close() {
      await network.close()
    },
  }
}
